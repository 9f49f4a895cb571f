import Kernels

/// The objective of implicit alternating least squares (Rendle et al., "Revisiting the Performance of iALS on Item
/// Recommendation Benchmarks", 2021): with w the weight of a chosen pair,
///
///     Σ_chosen w (p·q − 1)² + α₀ Σ_all (p·q)² + λ Σ_rows (Σw + α₀ others)^ν |row|²
///
/// where the last sum is over the rows of both towers, Σw over what was chosen by (or who chose) the row, and others is
/// how many rows the other tower has.
package struct ImplicitALSObjective: Sendable, Equatable {
  /// α₀.
  package var unobservedWeight: Double
  /// λ.
  package var regularization: Double
  /// ν.
  package var exponent: Double

  package init(unobservedWeight: Double = 0.15, regularization: Double = 0.02, exponent: Double = 1) {
    self.unobservedWeight = unobservedWeight
    self.regularization = regularization
    self.exponent = exponent
  }

  /// `λ (Σw + α₀ others)^ν`.
  ///
  /// - Parameters:
  ///   - weight: Σw of the row.
  ///   - others: rows of the other tower.
  package func penalty(weight: Double, others: Int) -> Float {
    let frequency = weight + unobservedWeight * Double(others)
    guard exponent != 1 else { return Float(regularization * frequency) }
    guard exponent != 0, frequency > 0 else { return Float(regularization) }
    var power = [Float(exponent * naturalLogarithm(frequency))]
    exponentials(of: &power)
    return Float(regularization) * power[0]
  }
}
