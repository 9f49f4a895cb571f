import CKernels

/// Rows of a table that a list names, in the order of the list.
@safe
package struct ListedRows {
  let table: Matrix
  let list: UnsafeBufferPointer<Int32>

  /// - Parameter list: rows of the table; valid as long as this value is.
  package init(_ list: UnsafeBufferPointer<Int32>, of table: Matrix) {
    unsafe precondition(list.allSatisfy { 0..<table.rows ~= Int($0) }, "a row beyond \(table.rows)")
    self.table = table
    unsafe self.list = unsafe list
  }

  package var count: Int { unsafe list.count }

  /// Writes the rows as columns side by side, their element k times `scales[k]`, and each row times its factor.
  ///
  /// - Parameters:
  ///   - factors: one for each row; 1 each if not given.
  ///   - scales: as many as the table's stride.
  ///   - target: a row for each column of the table with its padding, each of `stride` floats.
  ///   - stride: at least the count rounded up to 8; the columns up to there become 0.
  package func columns(
    factors: UnsafePointer<Float>?, scales: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>,
    stride: Int, variant: KernelVariant = .current
  ) {
    guard let start = unsafe list.baseAddress, count > 0 else { return }
    precondition(stride >= (count + 7) / 8 * 8, "\(count) columns in rows of \(stride)")
    unsafe ck_gather_columns(
      variant.code, table.pointer(row: 0), table.stride, start, count, factors, scales, table.stride, target, stride)
  }

  /// Writes Σ factor · row, each element one chain of fused multiply-adds in the order of the list.
  ///
  /// - Parameters:
  ///   - factors: one for each row.
  ///   - sum: as long as the table's stride.
  package func sum(
    factors: UnsafePointer<Float>, into sum: UnsafeMutablePointer<Float>, variant: KernelVariant = .current
  ) {
    guard let start = unsafe list.baseAddress, count > 0 else {
      unsafe sum.update(repeating: 0, count: table.stride)
      return
    }
    unsafe ck_sum_rows(variant.code, table.pointer(row: 0), table.stride, start, count, factors, table.stride, sum)
  }
}

/// The upper triangle of `TᵀT`, each element one chain of fused multiply-adds in the order of T's rows; columns of the
/// result from the order on are 0, and what is left below the diagonal means nothing.
///
/// - Parameters:
///   - t: depth × order, its columns filled up with zeros to a multiple of 8.
///   - square: the order rounded up to 4 rows of the order rounded up to 16.
package func squareColumns(
  _ t: UnsafePointer<Float>, stride: Int, depth: Int, order: Int, into square: UnsafeMutablePointer<Float>,
  squareStride: Int, variant: KernelVariant = .current
) {
  precondition(
    stride >= (order + 7) / 8 * 8 && squareStride >= Matrix.padded(order),
    "rows of \(stride) and of \(squareStride) for an order of \(order)")
  unsafe ck_square_columns(variant.code, t, stride, depth, order, square, squareStride)
}
