import CandidateIndex
import Features
import Kernels
import TwoTower

/// An explanation of a recommendation, by what its score can be explained with.
public enum ExplainedScore: Sendable {
  /// The score as a sum over features.
  case features(FeatureExplanation)
  /// The entries of the history that speak for the candidate.
  case history(Explanation)
  /// The score of a candidate that training never saw, as a sum over the candidate's features.
  case newCandidate(NewCandidateExplanation)
}

extension Servable {
  /// Explains why a candidate is recommended to a query with features: what `recommend(query:features:k:)` answers. Returns
  /// `nil` if neither a feature nor a history of it is known.
  ///
  /// The features explain where they count in a vector that is a sum. What a history explains is as without features, with
  /// the score in the context.
  ///
  /// - Parameter limit: the greatest number of reasons of a history.
  /// - Throws: `ServableError`, such as `noSumOverFeatures` for somebody unknown and a query tower with dense layers, or a
  ///   `FileError` if the file is damaged.
  public func explain(
    query: String, features: [String: [String]], candidate: String, limit: Int
  ) throws -> ExplainedScore? {
    let (given, number) = (try given(features), try number(of: candidate))
    let place = queries.index(of: query)
    if let explanation = try explanation(of: place, by: given, number) { return .features(explanation) }
    return try place.flatMap { place in
      try explain(vector(of: place, by: given).0, ofQueryAt: place, number, limit: limit).map { .history($0) }
    }
  }

  /// Explains why a candidate is recommended to an unknown user with features, in a context where these are some of it;
  /// returns `nil` if the model knows none of the values.
  ///
  /// - Throws: `ServableError`, such as `noSumOverFeatures` for a query tower with dense layers, or a `FileError` if the file
  ///   is damaged.
  public func explain(features: [String: [String]], candidate: String) throws -> FeatureExplanation? {
    try explanation(of: nil, by: given(features), number(of: candidate))
  }

  /// The score as a sum over what is given; `nil` where that is not what answers the query, or not by a sum.
  ///
  /// - Parameter place: of a known query; `nil` for unknown ones.
  private func explanation(
    of place: Int?, by given: GivenFeatures, _ candidate: Int
  ) throws -> FeatureExplanation? {
    let byFeatures = place == nil && given.isQueryKnown
    let isSum = try isSumOverFeatures()
    if place == nil, !isSum { throw ServableError.noSumOverFeatures }
    guard isSum, byFeatures || given.isContextKnown, basis(of: place) != .history else { return nil }
    let vector = index.vector(of: candidate)
    let query = try self.vector(of: place, by: given).0
    let (own, terms) = try terms(of: place, by: given, to: vector)
    return FeatureExplanation(
      score: Self.score(of: query, with: vector), query: own, terms: terms,
      popularity: recipe.biasWeight == nil ? 0 : (query.last ?? 0) * (vector.last ?? 0))
  }

  private func isSumOverFeatures() throws -> Bool {
    if let towers = try contextualQueries() { return towers.isLinear }
    return try queriesByFeatures()?.isLinear ?? true
  }

  /// The terms of a score, without popularity.
  ///
  /// - Parameter candidate: its vector.
  private func terms(
    of place: Int?, by given: GivenFeatures, to candidate: [Float]
  ) throws -> (query: Float?, features: [(feature: String, value: Float)]) {
    let ofQuery = place == nil && given.isQueryKnown ? given.query : nil
    let byFeatures = try ofQuery.flatMap { encoded in try queriesByFeatures().map { (towers: $0, encoded: encoded) } }
    var names = byFeatures.map { $0.towers.features.features.map(\.declaration.text) } ?? []
    guard let context = given.context, let towers = try contextualQueries() else {
      let values = byFeatures.map { $0.towers.contributions(of: $0.encoded, row: 0, to: candidate) } ?? []
      return (nil, zip(names, values).map { (feature: $0, value: $1) })
    }
    names += towers.features.features.map(\.declaration.text)
    let parts =
      byFeatures.map { towers.parts(byFeatures: $0.encoded, row: 0) } ?? inputs(ofRow: row(of: place), of: towers)
    var values = towers.contributions(of: parts, context, context: 0, to: candidate)
    let own = byFeatures == nil ? values.removeFirst() : nil
    return (own, zip(names, values).map { (feature: $0, value: $1) })
  }
}
