public import CandidateIndex
import Interactions
import Kernels
import Tables
import TwoTower

extension Servable {
  /// `true` if queries are answered by the context in which they are asked, such as the hour of the day.
  public var readsContext: Bool { contextInputs != nil }

  /// Returns the best `k` candidates for a raw query id by features: those of the context for any query that is not folded
  /// in from its history, and its own for one that the servable does not know.
  ///
  /// A feature that is not given adds nothing: a known query without a context has the answer of `recommend(_:k:)`.
  ///
  /// - Parameters:
  ///   - features: values by the columns that features are made of; several for a list, and none for what is missing.
  ///   - excludeSeen: `true` if candidates that the query had in training are left out.
  ///   - excluded: candidates to leave out, by key.
  ///   - filter: the candidates that may be recommended; all if `nil`.
  /// - Throws: `ServableError`, or a `FileError` if the file is damaged.
  public func recommend(
    query: String, features: [String: [String]], k: Int, excludeSeen: Bool = false, excluding excluded: [String] = [],
    filter: CandidateFilter? = nil
  ) throws -> Answer {
    var banned = Set(try numbers(of: excluded))
    let place = queries.index(of: query)
    if excludeSeen, let place { banned.formUnion(seen[place].map { Int($0) }) }
    let (vector, basis) = try vector(of: place, by: given(features))
    return answer(query, vector, k: k, banned: banned, filter: filter, basis: basis)
  }

  /// Returns the vector of a query by what is given of it, and where it comes from.
  ///
  /// - Parameter place: of a known query; `nil` for unknown ones.
  func vector(of place: Int?, by given: GivenFeatures) throws -> ([Float], Basis) {
    let own = basis(of: place)
    if let context = given.context, let towers = try contextualQueries(), own != .history {
      guard place == nil, given.isQueryKnown, let query = given.query else {
        let row = row(of: place)
        guard given.isContextKnown else { return (embeddings[row], own) }
        let vector = towers.vectors(of: inputs(ofRow: row, of: towers), context, contexts: [0], threads: 1).row(0)
        return (vector, place == nil ? .features : own)
      }
      let vectors = towers.vectors(byFeatures: query, rows: [0], context, contexts: [0], threads: 1)
      return (vectors.row(0), .features)
    }
    guard place == nil, given.isQueryKnown, let query = given.query, let towers = try queriesByFeatures() else {
      return (embeddings[row(of: place)], own)
    }
    return (towers.vectors(of: query, rows: [0], threads: 1).row(0), .features)
  }

  /// The input of the query's tower in a row, before a context is added.
  func inputs(ofRow row: Int, of towers: ContextualQueries) -> Matrix {
    let inputs = Matrix(rows: 1, columns: towers.tower.inputs.columns)
    contextInputs?.copy(row, to: inputs, row: 0)
    return inputs
  }

  func contextualQueries() throws -> ContextualQueries? {
    try inContext.value {
      let dimension = recipe.ownDimension(of: index.dimension)
      guard let tower = try ContextVectors(file, rows: nil, dimension: dimension) else { return nil }
      return ContextualQueries(
        tower, features: try [TowerSide: FeatureVectors](file, dimension: dimension)[.query],
        candidateTable: index.matrix(after: Int(EmbeddingRow.firstKnown.index)), recipe: recipe)
    }
  }
}
