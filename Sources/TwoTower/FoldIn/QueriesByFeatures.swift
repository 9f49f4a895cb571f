package import Features
import Interactions
package import Kernels
package import LinearAlgebra

/// Query vectors for unknown users from their features, where the query tower was trained with such.
///
/// A vector is the sum of those of the values, or what dense layers make of them, at unit length where the tower's are,
/// with the popularity of candidates as a known query has it. Who has no known value has no such vector; the
/// out-of-vocabulary row answers.
package struct QueriesByFeatures: Sendable {
  package let tower: FeatureVectors
  private let dimension: Int
  private let bias: QueryBias?

  package var features: FeatureSet { tower.features }
  /// `true` if a vector is a sum over features (`contributions`).
  package var isLinear: Bool { tower.isLinear }

  /// The popularity of candidates in a vector v: its last number is the weight times `√(vᵀ C v)`, with the covariance
  /// matrix C of the candidates in row-major order. `nil` for a model without popularity.
  package var popularity: (weight: Float, covariance: [Double])? { bias?.parts }

  /// - Returns: `nil` for a model whose query tower has no features.
  package init?(_ model: Model) {
    guard let tower = model.features[.query] else { return nil }
    self.init(tower, candidateTable: model.candidates, recipe: model.recipe)
  }

  /// - Parameter candidateTable: a row for each candidate, from row 1.
  package init(_ tower: FeatureVectors, candidateTable: Matrix, recipe: Recipe) {
    self.tower = tower
    dimension = candidateTable.columns
    bias = QueryBias(recipe, candidateTable: candidateTable)
  }

  /// A row of the model's dimension for each of some rows of an encoding.
  package func vectors(of encoding: SparseMatrix, rows: [Int], threads: Int) -> Matrix {
    let own = tower.vectors(of: encoding, rows: rows, threads: threads)
    guard let bias else { return own }
    let vectors = own.widened()
    for row in 0..<vectors.rows { vectors[row, dimension - 1] = bias.value(of: own.row(row)) }
    return vectors
  }

  /// The terms that features add to a score, in their order; with popularity they are the score of the vector of a row.
  ///
  /// - Parameter candidate: a vector, with a bias or without.
  package func contributions(of encoding: SparseMatrix, row: Int, to candidate: [Float]) -> [Float] {
    let shares = tower.shares(of: encoding, row: row)
    return (0..<shares.rows).map { feature in
      zip(shares.row(feature), candidate).reduce(Float(0)) { $0.addingProduct($1.0, $1.1) }
    }
  }
}
