import Artifacts
public import CandidateIndex
import CanonicalJSON
import DisplayText
import Features
import Interactions
import Kernels
import LinearAlgebra
import Tables
import TwoTower

extension Servable {
  /// `true` if unknown users are answered by their features.
  public var readsFeatures: Bool { !(file.header.schema["features"]?["query"]?.array ?? []).isEmpty }

  /// Returns the best `k` candidates for an unknown user with features, such as an age, and in a context, if the model
  /// reads such.
  ///
  /// If the model knows none of the values, the answer is that of an unknown user without any. The first call costs a
  /// copy of the candidates' vectors, which is not kept.
  ///
  /// - Parameters:
  ///   - name: the query's name in the answer.
  ///   - features: values by the columns that features are made of; several for a list, and none for what is missing.
  ///   - filter: the candidates that may be recommended; all if `nil`.
  /// - Throws: `ServableError`, or a `FileError` if the file is damaged.
  public func recommend(
    _ name: String, features: [String: [String]], k: Int, excluding excluded: [String] = [],
    filter: CandidateFilter? = nil
  ) throws -> Answer {
    let (vector, basis) = try vector(of: nil, by: given(features))
    return answer(name, vector, k: k, banned: Set(try numbers(of: excluded)), filter: filter, basis: basis)
  }

  /// Returns the best `k` candidates for each of many queries, unknown ones by their features: the same answers as one
  /// at a time, at the speed of a batch search.
  ///
  /// - Parameters:
  ///   - features: of each query, as `recommend(_:features:k:)` takes them. A query that the servable knows is answered
  ///     by its own vector, in the context that is given.
  ///   - filter: the candidates that may be recommended; all if `nil`.
  ///   - exclusions: a row of candidates to leave out for each query, or none; unknown keys are ignored.
  /// - Precondition: there are features for each query, and as many rows of exclusions as queries, or none.
  /// - Throws: `ServableError`, or a `FileError` if the file is damaged.
  public func recommend(
    _ names: [String], features: [[String: [String]]], k: Int, filter: CandidateFilter? = nil,
    exclusions: [[String]] = [], threads: Int = 1
  ) throws -> [Answer] {
    precondition(
      features.count == names.count && (exclusions.isEmpty || exclusions.count == names.count),
      "\(features.count) rows of features and \(exclusions.count) of exclusions, \(names.count) queries")
    let places = names.map { queries.index(of: $0) }
    let vectors = vectors(of: places)
    var bases = places.map { basis(of: $0) }
    for (row, place) in places.enumerated() {
      let given = try given(features[row])
      guard given.isKnown else { continue }
      let (vector, basis) = try vector(of: place, by: given)
      for (column, value) in vector.enumerated() { vectors[row, column] = value }
      bases[row] = basis
    }
    let rows = knownNumbers(ofRows: exclusions)
    let excluded = rows.allSatisfy(\.isEmpty) ? [] : rows
    return answers(
      names, bases, index.search(vectors, k: k, filter: filter, excluding: excluded, threads: threads))
  }

  /// The values that the model has learnt nothing about, as "occupation=clown": an answer is without them.
  ///
  /// - Throws: `ServableError`, or a `FileError` if the file is damaged.
  public func unknownValues(of features: [String: [String]]) throws -> [String] {
    try features.sorted { $0.key < $1.key }.flatMap { column, values in
      try values.filter { try !given([column: [$0]]).isKnown }.map { "\(column)=\($0)" }
    }
  }

  func given(_ features: [String: [String]]) throws -> GivenFeatures {
    try GivenFeatures(features, query: queriesByFeatures()?.features, context: contextualQueries()?.features)
  }

  func queriesByFeatures() throws -> QueriesByFeatures? {
    try byFeatures.value {
      let towers = try [TowerSide: FeatureVectors](file, dimension: recipe.ownDimension(of: index.dimension))
      return towers[.query].map {
        QueriesByFeatures(
          $0, candidateTable: index.matrix(after: Int(EmbeddingRow.firstKnown.index)), recipe: recipe)
      }
    }
  }
}
