import CKernels

/// Takes a step of Adagrad on one row, as Keras does: `accumulator += g²`, `row -= rate · g / √(accumulator +
/// epsilon)`.
package func adagrad(
  row: UnsafeMutablePointer<Float>, accumulator: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
  count: Int, rate: Float, epsilon: Float, variant: KernelVariant = .current
) {
  unsafe ck_adagrad(variant.code, row, accumulator, gradient, count, rate, epsilon)
}

/// Takes a step of Adam on one row, as Keras does: `mean += gain (g - mean)`,
/// `square += squareGain (g² - square)`, `row -= rate · mean / (√square + epsilon)`.
///
/// - Parameter rate: with the correction of the bias, `learningRate · √(1 - (1 - squareGain)^t) / (1 - (1 - gain)^t)`.
package func adam(
  row: UnsafeMutablePointer<Float>, mean: UnsafeMutablePointer<Float>, square: UnsafeMutablePointer<Float>,
  gradient: UnsafePointer<Float>, count: Int, rate: Float, gain: Float, squareGain: Float, epsilon: Float,
  variant: KernelVariant = .current
) {
  unsafe ck_adam(variant.code, row, mean, square, gradient, count, rate, gain, squareGain, epsilon)
}
