import Kernels
import LinearAlgebra

/// The objective of implicit alternating least squares by numbers that mean the same on data of any size.
///
/// Rendle et al. (2021) tune α₀ and λ for each data set anew: on a larger catalog the same α₀ makes what was not chosen
/// outweigh what was. Here α₀ follows from a ratio, and λ is what it would be at the exponent ν = 1:
///
///     α₀ = ratio · Σw / (queries · candidates)
///     λ = regularization · Σ_rows f / Σ_rows f^ν,   f = Σw of the row + α₀ others
///
/// The second line is theirs (their equation 13), and changes nothing at ν = 1.
package struct RelativeObjective: Sendable, Equatable {
  /// The weight of all pairs towards score 0 together, as a multiple of the weight of the chosen ones.
  package var unobservedRatio = 3.0
  /// α₀ itself, in place of the ratio.
  package var unobservedWeight: Double?
  package var regularization = 0.025
  package var exponent = 1.0

  package init() {}

  /// - Parameters:
  ///   - queries: Σw of each query that chose something.
  ///   - candidates: Σw of each candidate that was chosen.
  package func objective(
    queries: [Double], candidates: [Double]
  ) -> ImplicitALSObjective {
    let cells = Double(queries.count) * Double(candidates.count)
    let weight =
      unobservedWeight ?? (cells > 0 ? unobservedRatio * queries.reduce(0, +) / cells : unobservedRatio)
    var objective = ImplicitALSObjective(
      unobservedWeight: weight, regularization: regularization, exponent: exponent)
    guard exponent != 1 else { return objective }
    func sum(_ exponent: Double) -> Double {
      let unit = ImplicitALSObjective(unobservedWeight: weight, regularization: 1, exponent: exponent)
      return queries.reduce(0) { $0 + Double(unit.penalty(weight: $1, others: candidates.count)) }
        + candidates.reduce(0) { $0 + Double(unit.penalty(weight: $1, others: queries.count)) }
    }
    let scaled = sum(exponent)
    if scaled > 0 { objective.regularization = regularization * sum(1) / scaled }
    return objective
  }
}
