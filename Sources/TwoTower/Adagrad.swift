import Kernels

/// Adagrad (Duchi et al., 2011) with the constants of Keras: accumulators begin at 0.1, epsilon is 1e-7.
package struct Adagrad: Sendable {
  package let learningRate: Float
  package let epsilon: Float = 1e-7
  private let accumulators: Matrix

  package init(learningRate: Float, table: Matrix, initialAccumulator: Float = 0.1) {
    self.learningRate = learningRate
    accumulators = Matrix(rows: table.rows, columns: table.columns)
    accumulators.storage.pointer.update(repeating: initialAccumulator, count: accumulators.storage.count)
  }

  /// One step on one row; two threads must not step on one row at a time.
  package func step(_ row: Int, of table: Matrix, gradient: UnsafePointer<Float>) {
    adagrad(
      row: table.pointer(row: row), accumulator: accumulators.pointer(row: row), gradient: gradient,
      count: table.columns, rate: learningRate, epsilon: epsilon)
  }
}
