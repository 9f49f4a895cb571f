import Kernels

/// The learning rate of each step.
package struct Schedule: Sendable, Equatable {
  /// The course of the learning rate after the warm-up.
  package enum Shape: String, Sendable, CaseIterable {
    case constant
    /// Half a cosine from the full rate to nothing (Loshchilov & Hutter, 2017), as Keras' `CosineDecay`.
    case cosine
  }

  package var shape = Shape.constant
  package var learningRate: Double
  /// Steps in which the rate rises evenly from 0 to the full one.
  package var warmUp: Int
  /// Steps of the whole training, warm-up included.
  package var steps: Int

  package init(_ shape: Shape = .constant, learningRate: Double, warmUp: Int = 0, steps: Int = 1) {
    self.shape = shape
    self.learningRate = learningRate
    self.warmUp = warmUp
    self.steps = steps
  }

  /// - Parameter step: from 0.
  package func rate(at step: Int) -> Double {
    if step < warmUp { return learningRate * Double(step) / Double(warmUp) }
    guard shape == .cosine else { return learningRate }
    let done = min(Double(step - warmUp) / Double(max(steps - warmUp, 1)), 1)
    return learningRate * 0.5 * (1 + cosine(.pi * done))
  }
}
