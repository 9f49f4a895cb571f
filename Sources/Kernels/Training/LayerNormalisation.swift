/// Layer normalisation (Ba et al., 2016) of rows: mean 0 and variance 1, then a gain and a shift for each column, as Keras'
/// `LayerNormalization`.
extension Matrix {
  /// Is added to a variance before its root divides.
  package static let leastVariance: Float = 1e-3

  /// Brings a row to mean 0 and variance 1, and returns what it was divided by, inverted.
  package func standardise(row: Int) -> Float {
    check(row, 0)
    let values = unsafe pointer(row: row)
    var mean: Float = 0
    for column in 0..<columns { unsafe mean += values[column] }
    mean /= Float(columns)
    for column in 0..<columns { unsafe values[column] -= mean }
    let inverse = 1 / (squaredLength(row: row) / Float(columns) + Self.leastVariance).squareRoot()
    scale(row: row, by: inverse)
    return inverse
  }

  /// Sets a row to the same one of `source`, column by column times a gain and plus a shift.
  ///
  /// - Parameter gain, shift: rows of `table`.
  package func set(row: Int, to source: Matrix, gain: Int, shift: Int, of table: Matrix) {
    precondition(source.columns == columns && table.columns == columns, "rows of \(source.columns) for \(columns)")
    check(row, 0)
    source.check(row, 0)
    table.check(max(gain, shift), 0)
    let (target, values) = unsafe (pointer(row: row), source.pointer(row: row))
    let (gains, shifts) = unsafe (table.pointer(row: gain), table.pointer(row: shift))
    for column in 0..<columns { unsafe target[column] = values[column] * gains[column] + shifts[column] }
  }

  /// Turns a gradient of the outcome of `set(row:to:gain:shift:of:)` into that of the row before it was standardised.
  ///
  /// - Parameters:
  ///   - standardised: the outcome of `standardise(row:)`.
  ///   - inverse: what that returned.
  ///   - gain: the row of `table` that was the gain.
  package func pullBackNormalised(
    row: Int, _ standardised: Matrix, inverse: Float, gain: Int, of table: Matrix
  ) {
    precondition(standardised.columns == columns && table.columns == columns, "rows of \(table.columns) for \(columns)")
    check(row, 0)
    standardised.check(row, 0)
    table.check(gain, 0)
    let (gradient, values) = unsafe (pointer(row: row), standardised.pointer(row: row))
    let gains = unsafe table.pointer(row: gain)
    var (sum, along): (Float, Float) = (0, 0)
    for column in 0..<columns {
      unsafe gradient[column] *= gains[column]
      unsafe sum += gradient[column]
      unsafe along += gradient[column] * values[column]
    }
    let (mean, slope) = (sum / Float(columns), along / Float(columns))
    for column in 0..<columns {
      unsafe gradient[column] = inverse * (gradient[column] - mean - values[column] * slope)
    }
  }

  /// Adds the products of the columns of two rows to a row.
  package func addProducts(of row: Int, in left: Matrix, and right: Matrix, to target: Int) {
    for matrix in [left, right] {
      precondition(matrix.columns == columns, "\(matrix.columns) columns for \(columns)")
      matrix.check(row, 0)
    }
    check(target, 0)
    let (sums, a, b) = unsafe (pointer(row: target), left.pointer(row: row), right.pointer(row: row))
    for column in 0..<columns { unsafe sums[column] += a[column] * b[column] }
  }
}
