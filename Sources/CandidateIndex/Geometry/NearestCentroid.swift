import Kernels
import ParallelLoops
import RandomNumbers

/// Finds the centroids nearest to each row: those of the greatest `x·c − |c|²/2`.
struct NearestCentroid {
  static let tileRows = 48
  static let tileColumns = 512

  private let packed: PackedRows
  private let bias: AlignedFloats

  init(_ centroids: PackedRows) {
    packed = centroids
    bias = Self.bias(of: centroids)
  }

  /// `−|c|²/2` of each centroid, and a number below all scores for the padding.
  static func bias(of centroids: PackedRows) -> AlignedFloats {
    let bias = AlignedFloats(centroids.paddedRows)
    for row in 0..<centroids.paddedRows {
      let start = unsafe centroids.pointer + row / 16 * 16 * centroids.columns + row % 16
      let square = (0..<centroids.columns).reduce(Float(0)) { unsafe $0 + start[16 * $1] * start[16 * $1] }
      bias[row] = row < centroids.rows ? -square / 2 : -.greatestFiniteMagnitude
    }
    return bias
  }

  /// The nearest `count` centroids of each row, in any order: `rows.count * count` numbers, row after row.
  func nearest(_ count: Int, of matrix: Matrix, rows: Range<Int>) -> [Int32] {
    guard count > 1 else { return assign(matrix, rows: rows, threads: 1) }
    guard count < packed.rows else { return rows.flatMap { _ in (0..<Int32(packed.rows)) } }
    let (size, width) = (Self.tileRows, packed.paddedRows)
    let tileScores = AlignedFloats(uninitialised: size * width)
    let selection = Selection(count: count, of: packed.rows)
    var result = [Int32](repeating: 0, count: rows.count * count)
    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: size) {
      let range = start..<min(start + size, rows.upperBound)
      scores(of: range, in: matrix, against: packed, tile: 0..<packed.rows, into: tileScores, stride: width)
      for row in range {
        // Unsafe for the kernels alone: a row of the tile, which is as wide as the biases.
        let own = unsafe tileScores.pointer + (row - start) * width
        unsafe addScaled(bias.pointer, by: 1, to: own, count: width)
        unsafe selection.take(own, into: &result, at: (row - rows.lowerBound) * count)
      }
    }
    return result
  }

  func assign(_ matrix: Matrix, rows: Range<Int>, threads: Int) -> [Int32] {
    let result = SharedBuffer<Int32>(repeating: 0, count: rows.count)
    let size = Self.tileRows
    parallel(blocks: (rows.count + size - 1) / size, threads: threads) { block in
      let range = block * size..<min((block + 1) * size, rows.count)
      let tileScores = AlignedFloats(uninitialised: size * Self.tileColumns)
      let best = AlignedFloats(size)
      best.fill(with: -.infinity)
      for start in stride(from: 0, to: packed.rows, by: Self.tileColumns) {
        let tile = start..<min(start + Self.tileColumns, packed.rows)
        scores(
          of: rows.lowerBound + range.lowerBound..<rows.lowerBound + range.upperBound, in: matrix, against: packed,
          tile: tile, into: tileScores, stride: Self.tileColumns)
        unsafe takeBestColumns(
          tileScores.pointer, stride: Self.tileColumns, rows: range.count, columns: Matrix.padded(tile.count),
          bias: bias.pointer + start, first: start, best: best.pointer,
          column: result.pointer + range.lowerBound)
      }
    }
    return result.array
  }
}

/// Selects the greatest `count` of a row of scores.
private struct Selection {
  private let count: Int
  private let width: Int
  private let groups: Int
  private let maxima: AlignedFloats
  private let keys: SharedBuffer<UInt64>

  init(count: Int, of width: Int) {
    self.count = count
    self.width = width
    groups = Matrix.padded(2 * count)
    maxima = AlignedFloats(uninitialised: groups)
    keys = SharedBuffer<UInt64>(uninitialised: max(width, groups) + 1)
  }

  func take(_ scores: UnsafePointer<Float>, into result: inout [Int32], at target: Int) {
    var threshold = -Float.infinity
    // At least `count` groups have a score that is no lower than this.
    if width > 2 * groups {
      unsafe foldMaxima(of: scores, count: width, into: maxima.pointer, groups: groups)
      let found = unsafe Kernels.keys(
        above: -.infinity, in: maxima.pointer, count: groups, first: 0, into: keys.pointer
      ).above
      if found > count { threshold = unsafe keepGreatest(count, of: keys.pointer, count: found).least.score.nextDown }
    }
    let found = unsafe Kernels.keys(above: threshold, in: scores, count: width, first: 0, into: keys.pointer).above
    if found > count { _ = unsafe keepGreatest(count, of: keys.pointer, count: found) }
    for index in 0..<min(count, found) {
      result[target + index] = unsafe Int32(RankedKey(bits: keys.pointer[index]).candidate)
    }
  }
}
