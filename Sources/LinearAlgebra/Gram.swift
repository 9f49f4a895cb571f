package import Kernels
import ParallelLoops

/// Adds `AᵀB` to the upper triangle of C where the sum is symmetric, as it is for `B = A` and for rows of A that are
/// multiples of B's; each element one chain of fused multiply-adds in the order of the rows.
///
/// - Parameters:
///   - a, b: depth × order, the columns of b padded to a multiple of 16.
///   - c: order × order; a few elements below the diagonal are written too.
package func addGram(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, stride: Int, depth: Int, order: Int,
  to c: UnsafeMutablePointer<Float>, stride cStride: Int
) {
  let width = Matrix.padded(order)
  for start in Swift.stride(from: 0, to: order, by: 16) {
    unsafe Float.addTransposedProduct(
      a + start, stride: stride, b + start, stride: stride, to: c + start * cStride + start, stride: cStride,
      rows: min(16, order - start), columns: width - start, depth: depth)
  }
}

/// The upper triangle of `AᵀA` over some rows of A, rounded.
package func gram(of matrix: Matrix, rows: [Int32], threads: Int) -> Matrix {
  let exact = gramInDoubles(of: matrix, rows: rows, threads: threads)
  let sum = Matrix(rows: exact.rows, columns: exact.columns)
  for row in 0..<sum.rows {
    for column in row..<sum.columns { sum[row, column] = Float(exact[row, column]) }
  }
  return sum
}

/// Returns `AᵀA` over some rows of A.
///
/// Rows are summed in blocks that depend on their number alone, the blocks in doubles, in order: so it is the same for
/// any number of threads, and exact enough for millions of rows.
package func gramInDoubles(of matrix: Matrix, rows: [Int32], threads: Int) -> DenseMatrix {
  let order = matrix.columns
  let size = max(1024, (rows.count + 63) / 64)
  let parts = (0..<(rows.count + size - 1) / size).map { _ in Matrix(rows: order, columns: order) }
  parallel(blocks: parts.count, threads: threads) { part in
    let gathered = GatheredRows(columns: order)
    let end = min((part + 1) * size, rows.count)
    for start in stride(from: part * size, to: end, by: GatheredRows.depth) {
      let chunk = rows[start..<min(start + GatheredRows.depth, end)]
      for (place, row) in chunk.enumerated() { gathered.take(row: Int(row), of: matrix, at: place) }
      unsafe addGram(
        gathered.pointer, gathered.pointer, stride: gathered.stride, depth: chunk.count, order: order,
        to: parts[part].pointer(row: 0), stride: parts[part].stride)
    }
  }
  let sum = DenseMatrix(rows: order, columns: order)
  for row in 0..<order {
    for column in row..<order {
      let value = parts.reduce(0.0) { $0 + Double($1[row, column]) }
      (sum[row, column], sum[column, row]) = (value, value)
    }
  }
  return sum
}

/// Some rows of a matrix side by side, as many as a product takes from the second-level cache.
package final class GatheredRows {
  package static let depth = 128

  /// Distance of rows in bytes: 64 beyond the row's own, or rows of a power of two would share a few sets of the cache.
  package let stride: Int
  package let columns: Int
  private let values: AlignedFloats

  package init(columns: Int) {
    self.columns = columns
    stride = Matrix.padded(columns) + 16
    values = AlignedFloats(stride * Self.depth)
  }

  package var pointer: UnsafeMutablePointer<Float> { unsafe values.pointer }

  /// Takes a row of a matrix of as many columns.
  func take(row: Int, of matrix: Matrix, at place: Int) {
    precondition(matrix.columns == columns && 0..<matrix.rows ~= row, "row \(row) of \(matrix.rows)")
    unsafe take(matrix.pointer(row: row), at: place)
  }

  /// - Parameter row: as long as the columns padded to a multiple of 16.
  package func take(_ row: UnsafePointer<Float>, at place: Int, times factor: Float = 1) {
    precondition(0..<Self.depth ~= place, "row \(place) of \(Self.depth)")
    let target = unsafe values.pointer + place * stride
    unsafe target.update(from: row, count: stride - 16)
    if factor != 1 { unsafe scale(target, by: factor, count: stride - 16) }
  }
}
