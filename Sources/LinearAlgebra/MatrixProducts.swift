package import Kernels
import ParallelLoops

/// Products of dense layers. Each element is one chain of fused multiply-adds in the order of what is summed, so that
/// neither the blocks nor the number of threads show in any bit.
extension Matrix {
  /// Adds the products of some rows of `left` with a matrix to the same rows.
  ///
  /// - Parameter right: a row for each column of `left`, and perhaps more, which are left out.
  package func addProduct(of left: Matrix, _ right: PackedColumns, rows: Range<Int>) {
    precondition(rows.upperBound <= left.rows && left.columns <= right.rows, "rows \(rows) of \(left.rows)")
    guard !rows.isEmpty else { return }
    unsafe addWeighted(
      weights: left.pointer(row: rows.lowerBound), stride: left.stride, rows: rows, of: self, source: right,
      sourceRows: 0..<left.columns)
  }

  /// Adds `leftᵀ right` to the first rows, as many as `left` has columns.
  package func addTransposedProduct(_ left: Matrix, _ right: Matrix, threads: Int) {
    precondition(
      left.rows == right.rows && left.columns <= rows && right.columns == columns,
      "\(left.rows) by \(left.columns), \(right.rows) by \(right.columns), \(rows) by \(columns)")
    let packed = PackedColumns(right, threads: threads)
    let (width, depth) = (32, 1024)
    parallel(blocks: (left.columns + width - 1) / width, threads: threads) { block in
      let columns = block * width..<min((block + 1) * width, left.columns)
      let scratch = AlignedFloats(uninitialised: depth * Matrix.padded(columns.count))
      for start in Swift.stride(from: 0, to: left.rows, by: depth) {
        unsafe addWeightedByColumns(
          weights: left.pointer(row: start) + columns.lowerBound, stride: left.stride, rows: columns, of: self,
          source: packed, sourceRows: start..<min(start + depth, left.rows), scratch: scratch)
      }
    }
  }
}
