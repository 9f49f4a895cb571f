import Kernels
import RandomNumbers

extension DenseLayers {
  /// Layers as Keras' `Dense` and `LayerNormalization` begin: weights drawn evenly from ±√(6 / (inputs + outputs)) (Glorot &
  /// Bengio, 2010), biases 0, gains 1 and shifts 0.
  ///
  /// - Parameters:
  ///   - widths: number of inputs, then of outputs of each layer.
  ///   - stream: names the tower, so that each has numbers of its own.
  package static func initial(_ form: Form, widths: [Int], seed: UInt64, stream: String) -> DenseLayers {
    let layers = zip(widths, widths.dropFirst()).enumerated().map { number, width in
      let (inputs, outputs) = width
      let isLast = number == widths.count - 2
      let matrix = Matrix(rows: inputs + form.extraRows(isLast: isLast), columns: outputs)
      var random = RandomGenerator(seed: seed, stream: "\(stream) layer \(number + 1)")
      let limit = (6 / Float(inputs + outputs)).squareRoot()
      for row in 0..<inputs {
        for column in 0..<outputs { matrix[row, column] = (random.uniform() * 2 - 1) * limit }
      }
      if form.isNormalised, !isLast { for column in 0..<outputs { matrix[inputs + 1, column] = 1 } }
      return matrix
    }
    return DenseLayers(form, matrices: layers)
  }
}
