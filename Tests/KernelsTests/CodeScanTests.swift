import Kernels
import RandomNumbers
import Testing

@Suite("Kernels of the index")
struct CodeScanTests {
  private func floats(_ count: Int, seed: UInt64, stream: String) -> [Float] {
    var random = RandomGenerator(seed: seed, stream: stream)
    return (0..<count).map { _ in random.uniform() * 2 - 1 }
  }

  @Test(
    "scores codes by the sums of table entries, in every variant",
    arguments: [(1, 2), (31, 4), (32, 16), (77, 8), (300, 64)])
  func sums(candidates: Int, subspaces: Int) {
    var random = RandomGenerator(seed: UInt64(candidates), stream: "codes")
    let blocks = (candidates + 31) / 32
    let codes = (0..<blocks * 16 * subspaces).map { _ in UInt8(random.below(256)) }
    let tables = (0..<16 * subspaces).map { _ in UInt8(random.below(256)) }
    let numbers = (0..<candidates + 5).map { UInt32($0 * 7 % 401) }
    let allowed = (0..<7).map { _ in random.next() }
    let sums = (0..<candidates).map { candidate in
      (0..<subspaces).reduce(0) { sum, subspace in
        let byte = codes[(candidate / 32 * subspaces + subspace) * 16 + candidate % 16]
        return sum + Int(tables[subspace * 16 + Int(candidate % 32 < 16 ? byte & 15 : byte >> 4)])
      }
    }
    for threshold in [0, sums.sorted()[candidates / 2], 65_535] {
      for filtered in [false, true] {
        let wanted = sums.indices.filter { candidate in
          let number = Int(numbers[candidate + 5])
          return sums[candidate] >= threshold
            && (!filtered || number < 400 && allowed[number / 64] >> UInt64(number % 64) & 1 == 1)
        }
        for variant in KernelVariant.available {
          var keys = [UInt64](repeating: 0, count: candidates)
          let count = scanCodes(
            codes, candidates: candidates, subspaces: subspaces, tables: tables, threshold: UInt16(threshold),
            base: -3, step: 0.25, first: 5, numbers: numbers, allowed: filtered ? allowed : nil, bits: 400,
            keys: &keys, variant: variant)
          #expect(keys.prefix(count).map { Int(RankedKey(bits: $0).candidate) } == wanted.map { $0 + 5 })
          #expect(keys.prefix(count).map { RankedKey(bits: $0).score } == wanted.map { Float(sums[$0]) * 0.25 - 3 })
        }
      }
    }
  }

  @Test("choose codewords of small weighted error, in every variant", arguments: [Float(0), 0.5, 4])
  func encoding(weight: Float) {
    let starts: [UInt32] = [0, 1, 2, 4, 7, 12, 12]
    let codebooks = floats(12 * 16, seed: 1, stream: "codebooks")
    var improved = 0
    for seed in 0..<16 {
      let residual = floats(12, seed: UInt64(seed), stream: "residual")
      var direction = floats(12, seed: UInt64(seed), stream: "direction")
      let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      direction = direction.map { $0 / length }
      func cost(_ codes: [UInt8], _ weight: Float) -> Float {
        var (square, along) = (Float(0), Float(0))
        for subspace in 0..<6 {
          for column in Int(starts[subspace])..<Int(starts[subspace + 1]) {
            let error = residual[column] - codebooks[16 * column + Int(codes[subspace])]
            square += error * error
            along += error * direction[column]
          }
        }
        return square + weight * along * along
      }
      let nearest = (0..<6).map { subspace -> UInt8 in
        let distances = (0..<16).map { codeword in
          (Int(starts[subspace])..<Int(starts[subspace + 1])).reduce(Float(0)) { sum, column in
            let error = residual[column] - codebooks[16 * column + codeword]
            return error * error + sum
          }
        }
        return UInt8(distances.firstIndex(of: distances.min() ?? 0) ?? 0)
      }
      var answers: [[UInt8]] = []
      for variant in KernelVariant.available {
        var codes = [UInt8](repeating: 255, count: 6)
        var room = [Float](repeating: 0, count: 32 * 6)
        encode(
          residual, direction: direction, weight: weight, codebooks: codebooks, starts: starts, room: &room,
          codes: &codes, variant: variant)
        answers.append(codes)
      }
      #expect(answers.allSatisfy { $0 == answers[0] })
      if weight == 0 {
        #expect(answers[0] == nearest)
      } else {
        #expect(cost(answers[0], weight) <= cost(nearest, weight) + 1e-6)
        improved += cost(answers[0], weight) < cost(nearest, weight) - 1e-6 ? 1 : 0
        // No single subspace can do better: coordinate descent has come to rest.
        for subspace in 0..<5 {
          for codeword in 0..<16 {
            var other = answers[0]
            other[subspace] = UInt8(codeword)
            #expect(cost(answers[0], weight) <= cost(other, weight) + 1e-5)
          }
        }
      }
    }
    #expect(weight == 0 || improved > 2)
  }

  @Test("fill look-up tables within half a step per entry, in every variant")
  func tables() {
    let starts: [UInt32] = [0, 2, 3, 8, 8]
    let codebooks = floats(8 * 16, seed: 3, stream: "codebooks")
    let query = floats(8, seed: 4, stream: "query")
    var answers: [[UInt8]] = []
    for variant in KernelVariant.available {
      var room = [Float](repeating: 0, count: 64)
      var entries = [UInt8](repeating: 0, count: 64)
      let (base, step) = fillLookUpTable(
        query, codebooks: codebooks, starts: starts, greatest: 255, room: &room, entries: &entries, variant: variant)
      answers.append(
        entries + [UInt8(truncatingIfNeeded: base.bitPattern), UInt8(truncatingIfNeeded: step.bitPattern)])
      #expect(entries.max() == 255)
      for codeword in 0..<16 {
        let product = (0..<8).reduce(Float(0)) { $0 + query[$1] * codebooks[16 * $1 + codeword] }
        let sum = (0..<4).reduce(0) { $0 + Int(entries[16 * $1 + codeword]) }
        #expect(abs(base + step * Float(sum) - product) <= 2 * step)
      }
    }
    #expect(answers.allSatisfy { $0 == answers[0] })
  }

  @Test("fill look-up tables with zeros for queries without a finite product")
  func degenerateTables() {
    for value in [Float(0), 3e38, .infinity, .nan] {
      var room = [Float](repeating: 0, count: 32)
      var entries = [UInt8](repeating: 9, count: 32)
      let (_, step) = fillLookUpTable(
        [value, value], codebooks: floats(32, seed: 5, stream: "codebooks").map { $0 * 100 }, starts: [0, 1, 2],
        greatest: 255, room: &room, entries: &entries)
      #expect(step == 0 && entries == [UInt8](repeating: 0, count: 32))
    }
  }

  @Test("bound panels as matrix products do, in every variant", arguments: [1, 7, 32])
  func bounds(columns: Int) {
    let rows = Matrix(rows: 93, columns: columns, values: floats(93 * columns, seed: 6, stream: "rows"))
    let query = Matrix(rows: 1, columns: columns, values: floats(columns, seed: 7, stream: "query"))
    let packed = PackedRows(rows)
    let spreads = floats(96, seed: 8, stream: "spreads").map { abs($0) }
    var wanted = [Float](repeating: 0, count: 96)
    Kernels.scores(of: 0..<1, in: query, against: packed, tile: 0..<93, into: &wanted, stride: 96)
    for variant in KernelVariant.available {
      for panels in [[UInt32(4)], [5, 0, 2], [1, 2, 3, 4, 5]] {
        var (scores, bounds) = ([Float](repeating: .nan, count: 96), [Float](repeating: .nan, count: 96))
        var keys = [UInt64](repeating: 0, count: 97)
        let count = panels.withUnsafeBufferPointer { panels in
          boundPanels(
            query.pointer(row: 0), packed, panels: panels, spreads: spreads, reach: 0.5, threshold: 0.1,
            scores: &scores, bounds: &bounds, keys: &keys, variant: variant)
        }
        var found: [Int] = []
        for panel in panels {
          for row in Int(panel) * 16..<Int(panel) * 16 + 16 {
            #expect(scores[row] == wanted[row])
            #expect(bounds[row] == Float(0.5).addingProductOf(spreads[row], wanted[row]))
            if bounds[row] > 0.1 { found.append(row) }
          }
        }
        #expect(keys.prefix(count).map { Int(RankedKey(bits: $0).candidate) } == found)
      }
    }
  }

  @Test("bound byte centroids by their own scores, in every variant", arguments: [1, 7, 32, 300])
  func byteCentroids(dimension: Int) {
    let rows = Matrix(rows: 93, columns: dimension, values: floats(93 * dimension, seed: 11, stream: "rows"))
    let centroids = ByteCentroids(rows)
    let query = floats(dimension, seed: 12, stream: "query")
    let spreads = floats(96, seed: 13, stream: "spreads").map { abs($0) }
    let rounded = centroids.matrix
    let form = CentroidQuery(dimension: dimension)
    form.set(query)
    var answers: [[UInt64]] = []
    for variant in KernelVariant.available {
      var (scores, bounds) = ([Float](repeating: .nan, count: 96), [Float](repeating: .nan, count: 96))
      var keys = [UInt64](repeating: 0, count: 96)
      let panels: [UInt32] = [5, 0, 2, 3, 1]
      let count = panels.withUnsafeBufferPointer { panels in
        centroids.bound(
          form, panels: panels, spreads: spreads, reach: 0.5, threshold: 0.1, scores: &scores, bounds: &bounds,
          keys: &keys, variant: variant)
      }
      answers.append(Array(keys.prefix(count)) + scores.map { UInt64($0.bitPattern) })
      var found: [Int] = []
      for row in panels.flatMap({ Int($0) * 16..<Int($0) * 16 + 16 }) {
        let exact = row < 93 ? zip(rounded.row(row), query).reduce(0) { $0 + $1.0 * $1.1 } : 0
        #expect(abs(scores[row] - exact) < 1e-3 * Float(dimension).squareRoot())
        #expect(bounds[row] == Float(0.5).addingProductOf(spreads[row], scores[row]))
        if bounds[row] > 0.1 { found.append(row) }
      }
      #expect(keys.prefix(count).map { Int(RankedKey(bits: $0).candidate) } == found)
    }
    #expect(answers.allSatisfy { $0 == answers[0] })
    for row in 0..<93 {
      let largest = rows.row(row).map(\.magnitude).max() ?? 0
      #expect(zip(rows.row(row), rounded.row(row)).allSatisfy { abs($0 - $1) <= largest / 253 })
    }
  }

  @Test("treat NaN centroids as zeros, and score 0 for NaN queries")
  func degenerateCentroids() {
    let centroids = ByteCentroids(Matrix(rows: 2, columns: 2, values: [.nan, 1, 3e38, -3e38]))
    #expect(centroids.matrix.row(0) == [0, 0])
    #expect(abs(centroids.matrix.row(1)[0] / 3e38 - 1) < 0.01)
    let form = CentroidQuery(dimension: 2)
    form.set([.nan, .infinity])
    var (scores, bounds) = ([Float](repeating: 1, count: 16), [Float](repeating: 1, count: 16))
    var keys = [UInt64](repeating: 0, count: 16)
    let panels: [UInt32] = [0]
    _ = panels.withUnsafeBufferPointer { panels in
      centroids.bound(
        form, panels: panels, spreads: [Float](repeating: 0, count: 16), reach: 1, threshold: 0, scores: &scores,
        bounds: &bounds, keys: &keys)
    }
    #expect(scores[0] == 0)
  }

  @Test("order keys roughly without losing any")
  func roughOrder() {
    var random = RandomGenerator(seed: 14, stream: "keys")
    let keys = (0..<500).map { RankedKey(random.uniform() * 10, candidate: UInt32($0)).bits }
    var ordered = [UInt64](repeating: 0, count: 500)
    orderRoughly(keys, count: 500, above: 0, into: &ordered)
    #expect(Set(ordered) == Set(keys))
    let scores = ordered.map { RankedKey(bits: $0).score }
    #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 > $1 - 10.0 / 31 })
    for low in [Float(-1) * .infinity, 3, .nan] {
      let same = [RankedKey(3, candidate: 1).bits, RankedKey(.infinity, candidate: 2).bits]
      orderRoughly(same, count: 2, above: low, into: &ordered)
      #expect(Set(ordered.prefix(2)) == Set(same))
    }
  }

  @Test("score scattered rows as matrix products do, in every variant", arguments: [1, 8, 13, 40])
  func rows(columns: Int) {
    let values = floats(50 * columns, seed: 9, stream: "rows")
    let packed = PackedRows(Matrix(rows: 50, columns: columns, values: values))
    let query = Matrix(rows: 1, columns: columns, values: floats(columns, seed: 10, stream: "query"))
    var wanted = [Float](repeating: 0, count: 64)
    Kernels.scores(of: 0..<1, in: query, against: packed, tile: 0..<50, into: &wanted, stride: 64)
    let places = (0..<77).map { UInt32($0 * 31 % 50) }
    for variant in KernelVariant.available {
      for count in [0, 1, 8, 77] {
        var scores = [Float](repeating: .nan, count: 77)
        scoreRows(
          query.pointer(row: 0), columns: columns, rows: values, stride: columns, places: places, count: count,
          scores: &scores, variant: variant)
        #expect((0..<count).allSatisfy { scores[$0] == wanted[Int(places[$0])] })
      }
    }
  }
}

extension Float {
  /// `self * spread + score`, rounded once.
  fileprivate func addingProductOf(_ spread: Float, _ score: Float) -> Float { score.addingProduct(self, spread) }
}
