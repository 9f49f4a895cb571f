import Kernels

/// The last number of a query's vector, by which the popularity of candidates is added to its scores
/// (`Model.addingBias`), for queries that training did not have.
struct QueryBias: Sendable {
  let weight: Float
  let spread: ScoreSpread

  /// - Parameter candidateTable: a row for each candidate, from row 1.
  /// - Returns: `nil` for a model without popularity.
  init?(_ recipe: Recipe, candidateTable: Matrix) {
    guard let weight = recipe.biasWeight else { return nil }
    self.weight = weight
    spread = ScoreSpread(candidateTable.narrowed(to: recipe.ownDimension(of: candidateTable.columns)))
  }

  /// The weight, and the covariance matrix of the candidates in row-major order.
  var parts: (weight: Float, covariance: [Double]) { (weight, spread.covariance) }

  /// - Parameter vector: of a query, without its bias.
  func value(of vector: [Float]) -> Float { weight * spread.deviation(of: vector) }
}
