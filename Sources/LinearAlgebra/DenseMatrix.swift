import Kernels
import ParallelLoops

/// A row-major matrix of doubles whose rows are padded with zeros to a multiple of 16 columns.
///
/// Not synchronised: workers of one `parallel` call may write it at once where their rows do not meet.
package final class DenseMatrix: Sendable {
  package let rows: Int
  package let columns: Int
  /// Doubles from one row to the next.
  package let stride: Int
  private let values: SharedBuffer<Double>

  /// Creates a matrix of zeros.
  package init(rows: Int, columns: Int) {
    precondition(rows >= 0 && columns >= 0, "a matrix of \(rows) by \(columns)")
    self.rows = rows
    self.columns = columns
    stride = Matrix.padded(columns)
    values = SharedBuffer(repeating: 0, count: rows * stride)
  }

  /// A pointer to the rows in their order, for kernels; valid as long as this object is.
  package var pointer: UnsafeMutablePointer<Double> { unsafe values.pointer }

  package func pointer(row: Int) -> UnsafeMutablePointer<Double> {
    precondition(0...rows ~= row, "row \(row) of \(rows)")
    return unsafe pointer + row * stride
  }

  package subscript(row: Int, column: Int) -> Double {
    get {
      precondition(0..<rows ~= row && 0..<columns ~= column, "element \(row), \(column) of \(rows) by \(columns)")
      return unsafe pointer[row * stride + column]
    }
    set {
      precondition(0..<rows ~= row && 0..<columns ~= column, "element \(row), \(column) of \(rows) by \(columns)")
      unsafe pointer[row * stride + column] = newValue
    }
  }

  /// A row from a column on, for kernels; the numbers are checked.
  private func start(_ row: Int, _ column: Int) -> UnsafeMutablePointer<Double> {
    precondition(
      0..<rows ~= row && 0...stride ~= column && column % 16 == 0, "row \(row) of \(rows) from column \(column)")
    return unsafe pointer + row * stride + column
  }

  /// The dot product of a row with a row of a matrix of as many columns.
  ///
  /// - Parameter column: the first that takes part, a multiple of 16.
  package func dot(row: Int, with other: DenseMatrix, row otherRow: Int, from column: Int = 0) -> Double {
    precondition(other.stride == stride, "rows of \(other.columns) and of \(columns)")
    return unsafe Kernels.dot(start(row, column), other.start(otherRow, column), count: stride - column)
  }

  package func squaredLength(row: Int, from column: Int = 0) -> Double {
    dot(row: row, with: self, row: row, from: column)
  }

  /// Adds `factor` times a row of a matrix of as many columns to a row, rounding each product.
  ///
  /// - Parameter column: the first that takes part, a multiple of 16.
  package func addScaled(
    row source: Int, of other: DenseMatrix, by factor: Double, to row: Int, from column: Int = 0
  ) {
    precondition(other.stride == stride, "rows of \(other.columns) and of \(columns)")
    let (x, y) = unsafe (other.start(source, column), start(row, column))
    for place in 0..<stride - column { unsafe y[place] += factor * x[place] }
  }

  package func scale(row: Int, by factor: Double) {
    let x = unsafe start(row, 0)
    for place in 0..<stride { unsafe x[place] *= factor }
  }

  /// Copies the first rows of a matrix of as many columns to the first rows of this one.
  package func copyRows(_ range: Range<Int>, of other: DenseMatrix) {
    precondition(other.stride == stride && range.upperBound <= min(rows, other.rows), "rows \(range) of \(rows)")
    unsafe pointer(row: range.lowerBound).update(
      from: other.pointer(row: range.lowerBound), count: range.count * stride)
  }

  /// A Givens rotation of two rows: `x = cosine x − sine y`, `y = sine x + cosine y`.
  package func rotate(row: Int, with other: Int, cosine: Double, sine: Double) {
    unsafe Kernels.rotate(start(row, 0), start(other, 0), count: stride, cosine: cosine, sine: sine)
  }

  package func transposed() -> DenseMatrix {
    let result = DenseMatrix(rows: columns, columns: rows)
    for row in 0..<rows {
      for column in 0..<columns { result[column, row] = self[row, column] }
    }
    return result
  }

  /// Adds `AᵀB`: each element one chain of fused multiply-adds in the order of A's and B's rows.
  ///
  /// - Parameters: A is depth × rows, B depth × columns.
  package func addTransposedProduct(_ a: DenseMatrix, _ b: DenseMatrix, threads: Int) {
    precondition(
      a.rows == b.rows && a.columns == rows && b.columns == columns,
      "\(a.rows) by \(a.columns) and \(b.rows) by \(b.columns) into \(rows) by \(columns)")
    let (height, width) = (48, 128)
    let across = (stride + width - 1) / width
    parallel(blocks: (rows + height - 1) / height * across, threads: threads) { block in
      let (row, column) = (block / across * height, block % across * width)
      unsafe Double.addTransposedProduct(
        a.pointer + row, stride: a.stride, b.pointer + column, stride: b.stride,
        to: self.pointer + row * self.stride + column, stride: self.stride, rows: min(height, self.rows - row),
        columns: min(width, self.stride - column), depth: a.rows)
    }
  }

  /// Returns `AᵀB`.
  package static func transposedProduct(_ a: DenseMatrix, _ b: DenseMatrix, threads: Int) -> DenseMatrix {
    let result = DenseMatrix(rows: a.columns, columns: b.columns)
    result.addTransposedProduct(a, b, threads: threads)
    return result
  }
}
