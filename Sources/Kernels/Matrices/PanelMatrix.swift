import CKernels

/// A matrix in panels of 16 columns, in each of them row by row: products read and write contiguous memory, where the
/// rows of a wide row-major matrix lie pages apart.
package struct PanelMatrix: Sendable {
  package let rows: Int
  /// The number of columns with the padding, a multiple of 16.
  package let columns: Int
  package let storage: AlignedFloats

  package init(uninitialisedRows rows: Int, columns: Int) {
    (self.rows, self.columns) = (rows, Matrix.padded(columns))
    storage = AlignedFloats(uninitialised: rows * self.columns)
  }

  /// Creates a matrix of zeros.
  package init(rows: Int, columns: Int) {
    self.init(uninitialisedRows: rows, columns: columns)
    unsafe storage.pointer.update(repeating: 0, count: storage.count)
  }

  package subscript(row: Int, column: Int) -> Float {
    get { unsafe element(row, column).pointee }
    nonmutating set { unsafe element(row, column).pointee = newValue }
  }

  private func element(_ row: Int, _ column: Int) -> UnsafeMutablePointer<Float> {
    precondition(0..<rows ~= row && 0..<columns ~= column, "element (\(row), \(column)) of \(rows) by \(columns)")
    return unsafe storage.pointer + ((column >> 4) * rows + row) * 16 + (column & 15)
  }

  /// Copies some elements of a row.
  ///
  /// - Parameter target: room for as many floats as there are columns.
  package func copy(row: Int, columns: ArraySlice<Int32>, to target: UnsafeMutablePointer<Float>) {
    for (place, column) in columns.enumerated() { unsafe target[place] = unsafe element(row, Int(column)).pointee }
  }

  /// Puts one number into some elements of a row.
  package func fill(row: Int, columns: ArraySlice<Int32>, with value: Float) {
    for column in columns { unsafe element(row, Int(column)).pointee = value }
  }

  /// Adds numbers over a divisor to some elements of a row.
  ///
  /// - Parameter values: one for each column.
  package func add(
    _ values: UnsafePointer<Float>, over divisor: Float, toRow row: Int, columns: ArraySlice<Int32>
  ) {
    for (place, column) in columns.enumerated() {
      unsafe element(row, Int(column)).pointee += unsafe values[place] / divisor
    }
  }

  /// Multiplies a row with `factor`. Its numbers lie apart: for the few rows that need it.
  package func scale(row: Int, by factor: Float) {
    for column in 0..<columns { self[row, column] *= factor }
  }

  /// Copies one column into a row-major row.
  package func copy(column: Int, to target: UnsafeMutablePointer<Float>, count: Int) {
    precondition(0..<columns ~= column && count <= rows, "\(count) of column \(column) of \(rows) by \(columns)")
    let source = unsafe storage.pointer + column / 16 * rows * 16 + column % 16
    for row in 0..<count { unsafe target[row] = unsafe source[row * 16] }
  }

  /// The block from a row and a column on, the latter a multiple of 16.
  private func start(_ row: Int, _ column: Int) -> UnsafeMutablePointer<Float> {
    precondition(0...rows ~= row && 0...columns ~= column && column % 16 == 0, "a block at (\(row), \(column))")
    return unsafe storage.pointer + (column / 16 * rows + row) * 16
  }

  func operand(_ row: Int, _ column: Int) -> ck_matrix {
    unsafe ck_matrix(values: start(row, column), row: 16, panel: 16 * rows)
  }

  func target(_ row: Int, _ column: Int) -> ck_target {
    unsafe ck_target(values: start(row, column), row: 16, panel: 16 * rows)
  }
}

/// Scores of rows against a tile of packed rows, which begin a column each of `scores` where the tile begins.
///
/// - Parameters:
///   - tile: begins at a multiple of 16, and is rounded up to one.
///   - row: of `scores` that the first row of the range has.
package func scores(
  of range: Range<Int>, in left: Matrix, against right: PackedRows, tile: Range<Int>, into scores: PanelMatrix,
  at row: Int, variant: KernelVariant = .current
) {
  precondition(left.columns == right.columns, "rows of \(left.columns) and of \(right.columns)")
  let width = Matrix.padded(tile.count)
  precondition(tile.lowerBound + width <= min(right.paddedRows, scores.columns), "tile \(tile) of \(right.rows) rows")
  precondition(range.upperBound <= left.rows && row + range.count <= scores.rows, "rows beyond the matrix")
  unsafe ck_multiply(
    variant.code, left.operand(range.lowerBound), right.operand(tile.lowerBound), scores.target(row, tile.lowerBound),
    range.count, width, left.columns, 0)
}

/// Adds to each row of `target` the rows of `source` weighted by one row of `weights`.
///
/// - Parameters:
///   - rows: of `weights`; the first of them goes to the first row of `target`.
///   - sourceRows: rows of `source` and columns of `weights`; begin at a multiple of 16.
package func addWeighted(
  weights: PanelMatrix, rows: Range<Int>, to target: Matrix, source: PackedColumns, sourceRows: Range<Int>,
  variant: KernelVariant = .current
) {
  precondition(target.stride == source.columns, "rows of \(target.columns) and of \(source.columns)")
  precondition(rows.count <= target.rows && rows.upperBound <= weights.rows, "rows beyond the matrix")
  precondition(sourceRows.upperBound <= min(source.rows, weights.columns), "rows \(sourceRows) of \(source.rows)")
  unsafe ck_multiply(
    variant.code, weights.operand(rows.lowerBound, sourceRows.lowerBound), source.operand(sourceRows.lowerBound),
    target.target(0), rows.count, target.stride, sourceRows.count, 1)
}

/// Adds to each column of `target` the rows of `source` weighted by the same column of `weights`.
///
/// - Parameters:
///   - columns: of both; begin at a multiple of 16, and are rounded up to one.
///   - count: rows of `source`, and of `weights`, from the first on.
package func addWeighted(
  weights: PanelMatrix, columns: Range<Int>, of target: PanelMatrix, source: Matrix, count: Int,
  variant: KernelVariant = .current
) {
  let width = Matrix.padded(columns.count)
  precondition(target.rows == source.stride, "columns of \(target.rows) and rows of \(source.stride)")
  precondition(count <= min(source.rows, weights.rows), "\(count) rows of \(source.rows) and \(weights.rows)")
  precondition(columns.lowerBound + width <= min(target.columns, weights.columns), "columns \(columns)")
  unsafe ck_multiply_transposed(
    variant.code, source.operand(0), weights.operand(0, columns.lowerBound), target.target(0, columns.lowerBound),
    target.rows, width, count, 1)
}
