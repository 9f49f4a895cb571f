package import Features
import Interactions
package import Kernels
package import LinearAlgebra
package import Tables

/// Query vectors in contexts, of a model whose query tower was trained with such: a vector is that of the query and its
/// context, at unit length where the tower's are, with the popularity of candidates as `Model.queries` has it.
///
/// An unknown query has the vector of its own features, where the tower has such and knows a value, or else of the average
/// query; of what it chose it has one that no context changes (`FoldIn`).
package struct ContextualQueries: Sendable {
  package let tower: ContextVectors
  private let ofFeatures: FeatureVectors?
  private let columns: Int
  private let bias: QueryBias?

  package var features: FeatureSet { tower.features }
  /// `true` if a vector is a sum over the query and its context (`contributions`).
  package var isLinear: Bool { tower.layers == nil }

  /// The popularity of candidates in a vector, as `QueriesByFeatures.popularity` has it; `nil` for a model without.
  package var popularity: (weight: Float, covariance: [Double])? { bias?.parts }

  /// - Returns: `nil` for a model whose query tower has no context.
  package init?(_ model: Model) {
    guard let tower = model.context else { return nil }
    self.init(
      tower, features: model.features[.query], candidateTable: model.candidates, recipe: model.recipe)
  }

  /// - Parameters:
  ///   - features: of the same tower, if it has some beside those of the context.
  ///   - candidateTable: a row for each candidate, from row 1.
  package init(_ tower: ContextVectors, features: FeatureVectors?, candidateTable: Matrix, recipe: Recipe) {
    self.tower = tower
    ofFeatures = features
    columns = candidateTable.columns
    bias = QueryBias(recipe, candidateTable: candidateTable)
  }

  /// A row of the model's dimension for each query in a context.
  ///
  /// - Parameters:
  ///   - rows: of the query vocabulary.
  ///   - contexts: rows of the encoding, one for each query.
  package func vectors(
    of rows: [EmbeddingRow], _ encoding: SparseMatrix, contexts: [Int], threads: Int
  ) -> Matrix {
    vectors(of: tower.inputs(of: rows), encoding, contexts: contexts, threads: threads)
  }

  /// The same of the inputs that queries have (`ContextVectors.inputs`), which are taken over.
  package func vectors(of own: Matrix, _ encoding: SparseMatrix, contexts: [Int], threads: Int) -> Matrix {
    withBias(tower.vectors(own, encoding, contexts: contexts, threads: threads))
  }

  /// A row of the model's dimension for each unknown query by its features, in a context.
  ///
  /// - Parameter rows: of the encoding of the features of queries.
  package func vectors(
    byFeatures ofQueries: SparseMatrix, rows: [Int], _ encoding: SparseMatrix, contexts: [Int], threads: Int
  ) -> Matrix {
    guard let ofFeatures else { preconditionFailure("a query tower without features of queries") }
    return withBias(
      tower.vectors(ofFeatures.inputs(of: ofQueries, rows: rows), encoding, contexts: contexts, threads: threads))
  }

  /// The inputs of unknown queries by their features, which contexts are added to; `nil` for a tower without features.
  package func inputs(byFeatures ofQueries: SparseMatrix, rows: [Int]) -> Matrix? {
    ofFeatures?.inputs(of: ofQueries, rows: rows)
  }

  /// The parts that features have in the input of an unknown query: a row for each of its features. Only for a sum
  /// (`isLinear`).
  ///
  /// - Parameter row: of the encoding of the features of queries.
  package func parts(byFeatures ofQueries: SparseMatrix, row: Int) -> Matrix {
    guard let ofFeatures else { preconditionFailure("a query tower without features of queries") }
    return ofFeatures.parts(of: ofQueries, row: row)
  }

  /// The terms that the parts of a query, and after them the features of its context, add to a score; with popularity they
  /// are the score of the query's vector in the context. Only for a sum (`isLinear`).
  ///
  /// - Parameters:
  ///   - parts: of the query's input: the input itself, or `parts(byFeatures:row:)`.
  ///   - context: a row of the encoding.
  ///   - candidate: a vector, with a bias or without.
  package func contributions(
    of parts: Matrix, _ encoding: SparseMatrix, context: Int, to candidate: [Float]
  ) -> [Float] {
    let shares = tower.shares(parts, encoding, context: context)
    return (0..<shares.rows).map { part in
      zip(shares.row(part), candidate).reduce(Float(0)) { $0.addingProduct($1.0, $1.1) }
    }
  }

  private func withBias(_ own: Matrix) -> Matrix {
    guard let bias else { return own }
    let vectors = own.widened()
    for row in 0..<vectors.rows { vectors[row, columns - 1] = bias.value(of: own.row(row)) }
    return vectors
  }
}
