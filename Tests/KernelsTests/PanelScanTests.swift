import RandomNumbers
import Testing

@testable import Kernels

@Suite("Exact scans")
struct PanelScanTests {
  private func matrix(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var random = RandomGenerator(seed: seed, stream: "scan")
    return Matrix(
      rows: rows, columns: columns, values: (0..<rows * columns).map { _ in random.uniform() * 2 - 1 })
  }

  /// Scores as one chain of fused multiply-adds each.
  private func score(_ query: [Float], _ row: [Float]) -> Float {
    zip(query, row).reduce(0) { $0.addingProduct($1.0, $1.1) }
  }

  @Test(
    "give the keys above each threshold, bit for bit, in every variant",
    arguments: [1, 2, 3, 4, 5, 6, 7, 13], [1, 15, 16, 17, 63, 64, 65, 200])
  func keys(queries count: Int, candidates: Int) {
    for columns in [1, 3, 32] {
      let (queries, rows) = (matrix(count + 1, columns, seed: 1), matrix(candidates + 16, columns, seed: 2))
      let packed = PackedRows(rows)
      let tile = 16..<16 + candidates
      let all = (0..<count).map { query in
        tile.map { (score(queries.row(query + 1), rows.row($0)), UInt32($0)) }
      }
      // A threshold that is a score, so that equal ones are seen to stay out.
      let thresholds = all.enumerated().map { $0.offset % 3 == 0 ? -Float.infinity : $0.element[candidates / 2].0 }
      let wanted = zip(all, thresholds).map { scores, threshold in
        scores.filter { $0.0 > threshold }.map { RankedKey($0.0, candidate: $0.1).bits }
      }
      for variant in KernelVariant.available {
        let buffers = (0..<count).map { _ in SharedBuffer<UInt64>(uninitialised: candidates) }
        var found = [Int](repeating: -1, count: count)
        scanPanels(
          1..<count + 1, of: queries, against: packed, tile: tile, above: thresholds, into: buffers.map(\.pointer),
          found: &found, variant: variant)
        let keys = zip(buffers, found).map { Array(UnsafeBufferPointer(start: $0.pointer, count: $1)) }
        #expect(keys == wanted)
        let alone = scanPanels(
          UnsafePointer(queries.pointer(row: 1)), against: packed, tile: tile, above: thresholds[0],
          into: buffers[0].pointer, variant: variant)
        #expect(Array(UnsafeBufferPointer(start: buffers[0].pointer, count: alone)) == wanted[0])
      }
    }
  }

  @Test("ignore NaN scores")
  func notANumber() {
    let packed = PackedRows(matrix(70, 3, seed: 3))
    for value in [.nan, .infinity] as [Float] {
      let query = Matrix(rows: 1, columns: 3, values: [value, -value, 0])
      let buffer = SharedBuffer<UInt64>(uninitialised: 70)
      var found = [0]
      scanPanels(
        0..<1, of: query, against: packed, tile: 0..<70, above: [-.infinity], into: [buffer.pointer], found: &found)
      #expect(value.isNaN ? found == [0] : found[0] < 70)
    }
  }

  @Test("score listed candidates as they score all", arguments: [1, 7, 8, 9, 30])
  func places(count: Int) {
    for columns in [1, 5, 32] {
      let (query, rows) = (matrix(1, columns, seed: 4), matrix(101, columns, seed: 5))
      let packed = PackedRows(rows)
      let places = (0..<count).map { UInt32($0 * 37 % 101) }
      for variant in KernelVariant.available {
        var scores = [Float](repeating: .nan, count: count)
        scorePlaces(
          UnsafePointer(query.pointer(row: 0)), against: packed, places: places, count: count, scores: &scores,
          variant: variant)
        #expect(scores == places.map { score(query.row(0), rows.row(Int($0))) })
      }
    }
  }

  @Test("keep the best of keys and the best of scores alike, whatever is excluded")
  func best() {
    let scores = matrix(1, 500, seed: 6).values
    let (first, second) = (SharedBuffer<UInt64>(uninitialised: 600), SharedBuffer<UInt64>(uninitialised: 600))
    var direct = BestCandidates(limit: 7, buffer: first.pointer)
    var filtered = BestCandidates(limit: 7, buffer: second.pointer)
    for start in stride(from: 0, to: 500, by: 50) {
      let tile = Array(scores[start..<start + 50])
      direct.take(tile, count: 50, first: start)
      let target = filtered.room()
      let found = Kernels.keys(above: filtered.threshold, in: tile, count: 50, first: start, into: target)
      filtered.took(found.above) { $0 % 3 != 0 }
    }
    direct.finish()
    filtered.finish()
    let sorted = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
    #expect((0..<7).map { direct[$0] } == Array(sorted.prefix(7)))
    #expect((0..<7).map { filtered[$0] } == Array(sorted.filter { $0 % 3 != 0 }.prefix(7)))
    #expect(direct.count == 7 && filtered.count == 7)
  }
}
