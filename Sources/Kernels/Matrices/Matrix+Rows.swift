/// Operations on elements and whole rows.
///
/// Safe outside: the numbers of rows and columns are checked here, and a row's length is its matrix's own. Kernels take
/// the padding too, where zeros stay zeros.
extension Matrix {
  @inlinable
  public subscript(row: Int, column: Int) -> Float {
    get {
      check(row, column)
      return unsafe storage.pointer[row * stride + column]
    }
    nonmutating set {
      check(row, column)
      unsafe storage.pointer[row * stride + column] = newValue
    }
  }

  // Plain comparisons, which cost little in unoptimised builds too.
  @inlinable
  public func check(_ row: Int, _ column: Int) {
    precondition(
      row >= 0 && row < rows && column >= 0 && column < columns,
      "element \(row), \(column) of \(rows) by \(columns)")
  }

  private func start(of row: Int) -> UnsafeMutablePointer<Float> {
    precondition(0..<rows ~= row, "row \(row) of \(rows)")
    return unsafe storage.pointer + row * stride
  }

  private func check(_ other: Matrix) {
    precondition(other.stride == stride, "rows of \(other.columns) and of \(columns)")
  }

  private func check(part column: Int, of width: Int) {
    precondition(column >= 0 && column + columns <= width, "\(columns) columns from \(column) on of \(width)")
  }

  /// The dot product of a row with a row of a matrix of as many columns.
  package func dot(row: Int, with other: Matrix, row otherRow: Int) -> Float {
    check(other)
    return unsafe Kernels.dot(start(of: row), other.start(of: otherRow), count: stride)
  }

  package func squaredLength(row: Int) -> Float { dot(row: row, with: self, row: row) }

  package func scale(row: Int, by factor: Float) {
    unsafe Kernels.scale(start(of: row), by: factor, count: stride)
  }

  /// Adds `factor` times a row of a matrix of as many columns to a row.
  package func addScaled(row source: Int, of other: Matrix, by factor: Float, to row: Int) {
    check(other)
    unsafe Kernels.addScaled(other.start(of: source), by: factor, to: start(of: row), count: stride)
  }

  /// Adds `factor` times a row of a narrower matrix to the columns of a row from `column` on.
  package func addScaled(row source: Int, of narrower: Matrix, by factor: Float, to row: Int, from column: Int) {
    narrower.check(part: column, of: columns)
    unsafe Kernels.addScaled(
      narrower.start(of: source), by: factor, to: start(of: row) + column, count: narrower.columns)
  }

  /// Adds `factor` times the columns from `column` on of a row of a wider matrix to a row.
  package func addScaled(row source: Int, from column: Int, of wider: Matrix, by factor: Float, to row: Int) {
    check(part: column, of: wider.columns)
    unsafe Kernels.addScaled(wider.start(of: source) + column, by: factor, to: start(of: row), count: columns)
  }

  /// Copies the columns that both matrices have.
  package func copy(row source: Int, of other: Matrix, to row: Int) {
    unsafe start(of: row).update(from: other.start(of: source), count: min(columns, other.columns))
  }

  package func zero(row: Int) {
    unsafe start(of: row).update(repeating: 0, count: stride)
  }

  /// `true` if all elements of the row are finite.
  package func isFinite(row: Int) -> Bool { unsafe allFinite(start(of: row), count: columns) }
}
