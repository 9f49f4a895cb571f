package import Kernels

/// Turns gradients into steps on the rows of one table, with a state for each row. Rows that a batch does not
/// touch neither move nor forget ("lazy" rows), so a step costs what the batch costs.
package struct Optimizer: Sendable {
  /// The method of a step.
  package enum Kind: String, Sendable, CaseIterable {
    case sgd
    /// Duchi et al., 2011, with the constants of Keras: accumulators begin at 0.1, epsilon is 1e-7.
    case adagrad
    /// One accumulator a row, of the mean of squared gradients.
    case rowwiseAdagrad = "rowwise-adagrad"
    /// Kingma & Ba, 2015, with the constants of Keras: 0.9, 0.999, epsilon 1e-7.
    case adam
  }

  package static let initialAccumulator: Float = 0.1
  package static let epsilon: Float = 1e-7
  static let decay = 0.9
  static let squareDecay = 0.999

  package let kind: Kind
  package let table: Matrix
  /// Decoupled weight decay (Loshchilov & Hutter, 2019): each step first shrinks the row by the rate times this, as
  /// Keras does.
  package let weightDecay: Float
  /// The state of the optimizer: adagrad's accumulators, or adam's means and means of squares.
  package let memory: [Matrix]

  package init(_ kind: Kind, table: Matrix, weightDecay: Float = 0) {
    self.kind = kind
    self.table = table
    self.weightDecay = weightDecay
    memory =
      switch kind {
      case .sgd: []
      case .adagrad: [Self.filled(table.rows, table.columns)]
      case .rowwiseAdagrad: [Self.filled(table.rows, 1)]
      case .adam: [Matrix(rows: table.rows, columns: table.columns), Matrix(rows: table.rows, columns: table.columns)]
      }
  }

  private static func filled(_ rows: Int, _ columns: Int) -> Matrix {
    let matrix = Matrix(rows: rows, columns: columns)
    matrix.storage.fill(with: initialAccumulator)
    return matrix
  }

  /// The length of one step of the whole table: with Adam's correction of the bias, at a step counted from 1.
  package func rate(_ learningRate: Double, step: Int) -> Float {
    guard kind == .adam else { return Float(learningRate) }
    return Float(
      learningRate * (1 - Self.power(Self.squareDecay, step)).squareRoot() / (1 - Self.power(Self.decay, step)))
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, square, rest) = (1.0, base, exponent)
    while rest > 0 {
      if rest % 2 == 1 { result *= square }
      square *= square
      rest /= 2
    }
    return result
  }

  /// Takes a step on one row; two threads must not step on one row at a time.
  ///
  /// - Parameters:
  ///   - gradients: of as many columns as the table; the row's own is `gradients` at `gradientRow`.
  ///   - rate: from `rate(_:step:)`.
  package func step(_ row: Int, gradients: Matrix, row gradientRow: Int, rate: Float, learningRate: Float) {
    precondition(
      gradients.columns == table.columns && gradientRow < gradients.rows && row < table.rows,
      "row \(row) of \(table.rows) by row \(gradientRow) of \(gradients.rows)")
    // Unsafe for the kernels of steps alone: both rows are checked, and `memory` has as many as the table.
    let (pointer, gradient) = unsafe (table.pointer(row: row), gradients.pointer(row: gradientRow))
    let count = table.columns
    if weightDecay != 0 { unsafe scale(pointer, by: 1 - learningRate * weightDecay, count: count) }
    switch kind {
    case .sgd:
      unsafe addScaled(gradient, by: -rate, to: pointer, count: count)
    case .adagrad:
      unsafe adagrad(
        row: pointer, accumulator: memory[0].pointer(row: row), gradient: gradient, count: count, rate: rate,
        epsilon: Self.epsilon)
    case .rowwiseAdagrad:
      let accumulator = unsafe memory[0].pointer(row: row)
      unsafe accumulator[0] += dot(gradient, gradient, count: count) / Float(count)
      unsafe addScaled(gradient, by: -rate / (accumulator[0] + Self.epsilon).squareRoot(), to: pointer, count: count)
    case .adam:
      unsafe adam(
        row: pointer, mean: memory[0].pointer(row: row), square: memory[1].pointer(row: row), gradient: gradient,
        count: count, rate: rate, gain: Float(1 - Self.decay), squareGain: Float(1 - Self.squareDecay),
        epsilon: Self.epsilon)
    }
  }
}
