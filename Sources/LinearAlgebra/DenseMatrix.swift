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

  /// Zeros.
  package init(rows: Int, columns: Int) {
    precondition(rows >= 0 && columns >= 0, "a matrix of \(rows) by \(columns)")
    self.rows = rows
    self.columns = columns
    stride = Matrix.padded(columns)
    values = SharedBuffer(repeating: 0, count: rows * stride)
  }

  /// Row after row, for kernels; valid as long as this object is.
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

  package func transposed() -> DenseMatrix {
    let result = DenseMatrix(rows: columns, columns: rows)
    for row in 0..<rows {
      let source = unsafe pointer(row: row)
      for column in 0..<columns { unsafe result.pointer[column * result.stride + row] = unsafe source[column] }
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

  /// `AᵀB`.
  package static func transposedProduct(_ a: DenseMatrix, _ b: DenseMatrix, threads: Int) -> DenseMatrix {
    let result = DenseMatrix(rows: a.columns, columns: b.columns)
    result.addTransposedProduct(a, b, threads: threads)
    return result
  }
}
