import Kernels

extension Activation {
  /// Keras' `gelu(approximate=True)` of x is x times the logistic function of `factor · (x + cubic · x³)`.
  static let gelu: (factor: Float, cubic: Float) = (1.5957691216, 0.044715)
}
