/// Scores of rows against packed rows, as `scores(of:in:against:tile:into:stride:)` of a pointer, with the target's
/// length checked.
///
/// - Parameter target: `range.count` rows of `stride` floats.
package func scores(
  of range: Range<Int>, in left: Matrix, against right: PackedRows, tile: Range<Int>, into target: AlignedFloats,
  stride: Int, variant: KernelVariant = .current
) {
  precondition(range.isEmpty || target.count >= range.count * stride, "\(range.count) rows in \(target.count) floats")
  unsafe scores(of: range, in: left, against: right, tile: tile, into: target.pointer, stride: stride, variant: variant)
}

/// The products of some rows with all packed rows, in rows of `target` of the same numbers.
///
/// - Parameter target: a column for each packed row.
package func scores(
  of range: Range<Int>, in left: Matrix, against right: PackedRows, into target: Matrix,
  variant: KernelVariant = .current
) {
  precondition(
    range.upperBound <= target.rows && right.rows == target.columns, "\(right.rows) scores in rows of \(target.columns)"
  )
  unsafe scores(
    of: range, in: left, against: right, tile: 0..<right.rows, into: target.pointer(row: range.lowerBound),
    stride: target.stride, variant: variant)
}

/// Adds to each row of `target` the rows of `source` weighted by one row of `weights`, with the weights' length checked.
package func addWeighted(
  weights: AlignedFloats, stride: Int, rows range: Range<Int>, of target: Matrix, source: Matrix,
  sourceRows: Range<Int>, variant: KernelVariant = .current
) {
  precondition(weights.count >= range.count * stride, "\(range.count) rows of weights in \(weights.count) floats")
  unsafe addWeighted(
    weights: weights.pointer, stride: stride, rows: range, of: target, source: source, sourceRows: sourceRows,
    variant: variant)
}

extension SoftmaxState {
  /// Takes a tile of scores into account, with the lengths of scores and biases checked.
  package func take(
    _ scores: AlignedFloats, stride: Int, rows: Int, columns: Int, bias: AlignedFloats,
    variant: KernelVariant = .current
  ) {
    precondition(
      scores.count >= rows * stride && stride >= columns && bias.count >= columns,
      "\(rows) by \(columns) scores in \(scores.count) floats")
    unsafe take(
      scores.pointer, stride: stride, rows: rows, columns: columns, bias: bias.pointer, variant: variant)
  }
}

extension PackedRows {
  /// Copies a row to one of a matrix of as many columns.
  package func copy(_ row: Int, to matrix: Matrix, row target: Int) {
    precondition(matrix.columns == columns && target < matrix.rows, "row \(target) of \(matrix.rows)")
    unsafe copy(row, to: matrix.pointer(row: target))
  }
}

extension PackedColumns {
  /// Sets a row to one of a matrix of as many columns, times a factor.
  package func set(_ place: Int, to matrix: Matrix, row: Int, factor: Float = 1) {
    precondition(matrix.stride == columns && 0..<matrix.rows ~= row, "row \(row) of \(matrix.rows)")
    unsafe set(place, to: matrix.pointer(row: row), factor: factor)
  }
}
