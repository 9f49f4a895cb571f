import Kernels
import Tables

/// One step on one parameter table: adds the penalty to a batch's gradients and steps, after their common length is
/// limited where it is.
struct ParameterStep: Sendable {
  private let optimizer: Optimizer
  private let gradients: ParameterGradients
  private let rate: Float
  private let learningRate: Float

  /// - Parameters:
  ///   - gradients: to which the penalty is added, in place.
  ///   - learningRate: of the schedule.
  ///   - step: counted from 1, over all trainings that the optimizer's memory comes from.
  init(
    _ optimizer: Optimizer, _ gradients: ParameterGradients, _ regularization: Regularization, learningRate: Double,
    step: Int, threads: Int
  ) {
    self.optimizer = optimizer
    self.gradients = gradients
    rate = optimizer.rate(learningRate, step: step)
    self.learningRate = Float(learningRate)
    guard regularization.strength != 0 else { return }
    let (table, matrix) = (optimizer.table, gradients.matrix)
    parallelRows(gradients.rows.count, threads: threads) { row in
      regularization.add(
        row: Int(gradients.rows[row].index), of: table, occurrences: gradients.occurrences[row], to: matrix, row: row)
    }
  }

  private var squaredLength: Double {
    let matrix = gradients.matrix
    return (0..<matrix.rows).reduce(0) { $0 + Double(matrix.squaredLength(row: $1)) }
  }

  private func take(factor: Float, threads: Int) {
    let matrix = gradients.matrix
    parallelRows(matrix.rows, threads: threads) { row in
      if factor != 1 { matrix.scale(row: row, by: factor) }
      optimizer.step(
        Int(gradients.rows[row].index), gradients: matrix, row: row, rate: rate, learningRate: learningRate)
    }
  }

  /// Takes all steps of a batch, whose gradients together are scaled to `clipNorm` where they are longer (Keras'
  /// `global_clipnorm`).
  static func take(_ steps: [ParameterStep], clipNorm: Float?, threads: Int) {
    var factor: Float = 1
    if let clipNorm {
      let length = Float(steps.reduce(0) { $0 + $1.squaredLength }.squareRoot())
      factor = length > clipNorm ? clipNorm / length : 1
    }
    for step in steps { step.take(factor: factor, threads: threads) }
  }
}
