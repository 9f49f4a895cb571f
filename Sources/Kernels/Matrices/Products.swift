import CKernels

/// Scores of rows against packed rows: `scores[i, j] = left[i] · right[j]`, each one chain of fused multiply-adds in
/// the order of the columns, so that a pair has the same score wherever it is computed.
///
/// - Parameters:
///   - tile: which packed rows; begins at a multiple of 16, and is rounded up to one.
///   - scores: at least `range.count` rows of `stride` floats.
package func scores(
  of range: Range<Int>, in left: Matrix, against right: PackedRows, tile: Range<Int>,
  into scores: UnsafeMutablePointer<Float>, stride: Int, variant: KernelVariant = .current
) {
  precondition(left.columns == right.columns, "rows of \(left.columns) and of \(right.columns)")
  let width = Matrix.padded(tile.count)
  precondition(tile.lowerBound >= 0 && tile.lowerBound % 16 == 0, "a tile at \(tile.lowerBound)")
  precondition(tile.lowerBound + width <= right.paddedRows, "tile \(tile) of \(right.rows) rows")
  precondition(range.upperBound <= left.rows && stride >= width, "scores beyond their tile")
  unsafe ck_multiply(
    variant.code, left.operand(range.lowerBound), right.operand(tile.lowerBound),
    ck_target(values: scores, row: stride, panel: 16), range.count, width, left.columns, 0)
}

/// Adds to each row of `target` the rows of `source` weighted by one row of `weights`.
///
/// - Parameters:
///   - weights: `range.count` rows of `stride` floats; the first `sourceRows.count` of each are used.
package func addWeighted(
  weights: UnsafePointer<Float>, stride: Int, rows range: Range<Int>, of target: Matrix,
  source: Matrix, sourceRows: Range<Int>, variant: KernelVariant = .current
) {
  precondition(target.stride == source.stride, "rows of \(target.columns) and of \(source.columns)")
  precondition(range.upperBound <= target.rows && sourceRows.upperBound <= source.rows, "rows beyond the matrix")
  precondition(stride >= sourceRows.count, "rows of \(stride) weights for \(sourceRows.count)")
  unsafe ck_multiply(
    variant.code, ck_matrix(values: weights, row: stride, panel: 16), source.operand(sourceRows.lowerBound),
    target.target(range.lowerBound), range.count, target.stride, sourceRows.count, 1)
}

/// The same with packed rows: to each row of `target` the rows of `source` weighted by one row of `weights`.
package func addWeighted(
  weights: UnsafePointer<Float>, stride: Int, rows range: Range<Int>, of target: Matrix, source: PackedColumns,
  sourceRows: Range<Int>, variant: KernelVariant = .current
) {
  check(range, of: target, source, sourceRows)
  precondition(stride >= sourceRows.count, "rows of \(stride) weights for \(sourceRows.count)")
  unsafe ck_multiply(
    variant.code, ck_matrix(values: weights, row: stride, panel: 16), source.operand(sourceRows.lowerBound),
    target.target(range.lowerBound), range.count, target.stride, sourceRows.count, 1)
}

/// Adds to each row of `target` the rows of `source` weighted by one column of `weights`.
///
/// - Parameters:
///   - weights: `sourceRows.count` rows of `stride` floats; the first `range.count` of each are used, and what follows
///     them up to a multiple of 16 is read.
///   - scratch: `sourceRows.count` times `range.count`, rounded up to a multiple of 16, floats.
package func addWeightedByColumns(
  weights: UnsafePointer<Float>, stride: Int, rows range: Range<Int>, of target: Matrix, source: PackedColumns,
  sourceRows: Range<Int>, scratch: AlignedFloats, variant: KernelVariant = .current
) {
  check(range, of: target, source, sourceRows)
  let width = Matrix.padded(range.count)
  precondition(stride >= width, "rows of \(stride) weights for \(range.count)")
  precondition(scratch.count >= sourceRows.count * width, "\(scratch.count) floats of scratch")
  unsafe ck_copy_block(variant.code, weights, stride, scratch.pointer, width, sourceRows.count, width)
  unsafe ck_multiply_transposed(
    variant.code, ck_matrix(values: scratch.pointer, row: width, panel: 16), source.operand(sourceRows.lowerBound),
    target.target(range.lowerBound), range.count, target.stride, sourceRows.count, 1)
}

private func check(_ range: Range<Int>, of target: Matrix, _ source: PackedColumns, _ sourceRows: Range<Int>) {
  precondition(target.stride == source.columns, "rows of \(target.columns) and of \(source.columns)")
  precondition(range.upperBound <= target.rows && sourceRows.upperBound <= source.rows, "rows beyond the matrix")
}

/// Adds `factor * x` to `y`, element by element.
package func addScaled(
  _ x: UnsafePointer<Float>, by factor: Float, to y: UnsafeMutablePointer<Float>, count: Int,
  variant: KernelVariant = .current
) {
  unsafe ck_add_scaled(variant.code, y, x, count, factor)
}

/// The sum of products of two rows, in eight lanes.
package func dot(
  _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, count: Int, variant: KernelVariant = .current
) -> Float {
  unsafe ck_dot(variant.code, x, y, count)
}

/// Multiplies `y` with `factor`.
package func scale(
  _ y: UnsafeMutablePointer<Float>, by factor: Float, count: Int, variant: KernelVariant = .current
) {
  unsafe ck_scale(variant.code, y, count, factor)
}

/// The numbers of scores above a threshold, and on it.
package func countAbove(
  _ threshold: Float, in scores: UnsafeBufferPointer<Float>, variant: KernelVariant = .current
) -> (greater: Int, equal: Int) {
  guard let start = scores.baseAddress else { return (0, 0) }
  var (greater, equal) = (0, 0)
  unsafe ck_count_above(variant.code, start, scores.count, threshold, &greater, &equal)
  return (greater, equal)
}
