import CandidateIndex
import Kernels
import TwoTower

extension Servable {
  /// Explains why a candidate is recommended to somebody: a new one by its own features, and any other by the features, the
  /// context or the history of who asks. Returns `nil` if there is nothing of these that the model knows.
  ///
  /// - Parameter limit: the greatest number of reasons of a history.
  /// - Throws: `ServableError`, such as `noSumOverFeatures` for somebody unknown and a query tower with dense layers, or a
  ///   `FileError` if the file is damaged.
  public func explain(to asker: Asker, candidate: String, limit: Int) throws -> ExplainedScore? {
    if let explanation = try explainNew(candidate, to: asker) { return .newCandidate(explanation) }
    switch asker {
    case .query(let query, let features) where features.isEmpty:
      return try explain(query, candidate: candidate, limit: limit).map { .history($0) }
    case .query(let query, let features):
      return try explain(query: query, features: features, candidate: candidate, limit: limit)
    case .features(let features):
      return try explain(features: features, candidate: candidate).map { .features($0) }
    case .history(let history):
      return .history(try explain(history: history, candidate: candidate, limit: limit))
    }
  }

  /// Explains the score of a new candidate by its features; returns `nil` for a candidate that training had, and for one whose
  /// vector is no sum over features or comes from an earlier version of `cold-start`.
  private func explainNew(_ candidate: String, to asker: Asker) throws -> NewCandidateExplanation? {
    guard let sums = try candidatesByFeatures() else { return nil }
    let number = try number(of: candidate)
    guard let place = sums.place(ofCandidate: number) else { return nil }
    return NewCandidateExplanation(
      sums, place, query: try vector(of: asker), candidate: index.vector(of: number),
      hasPopularity: recipe.biasWeight != nil)
  }

  /// The vector that answers somebody.
  private func vector(of asker: Asker) throws -> [Float] {
    switch asker {
    case .query(let query, let features):
      let place = queries.index(of: query)
      return features.isEmpty ? embeddings[row(of: place)] : try vector(of: place, by: given(features)).0
    case .features(let features): return try vector(of: nil, by: given(features)).0
    case .history(let history):
      let chosen = try numbers(of: history)
      guard !chosen.isEmpty else { throw ServableError.emptyHistory }
      return try vector(of: chosen)
    }
  }

  func candidatesByFeatures() throws -> CandidatesByFeatures? {
    try newCandidates.value {
      try CandidatesByFeatures(
        file, candidateCount: candidates.count, dimension: recipe.ownDimension(of: index.dimension))
    }
  }
}

extension NewCandidateExplanation {
  /// - Parameters:
  ///   - place: of the candidate in the sums.
  ///   - hasPopularity: `true` if the last dimension of both vectors is the popularity.
  fileprivate init(
    _ sums: CandidatesByFeatures, _ place: Int, query: [Float], candidate: [Float], hasPopularity: Bool
  ) {
    let contributions = sums.contributions(of: place, to: query)
    mean = contributions.first { $0.part.isMean }?.value
    terms = contributions.filter { !$0.part.isMean }
      .map { Term(feature: $0.part.feature, name: $0.part.name(weight: $0.weight), value: $0.value) }
      .enumerated().sorted { ($1.element.value, $0.offset) < ($0.element.value, $1.offset) }.map(\.element)
    // Without a negative zero.
    popularity = hasPopularity ? 0 + (query.last ?? 0) * (candidate.last ?? 0) : 0
    score = Servable.score(of: query, with: candidate)
    let rest = contributions.reduce(score - popularity) { $0 - $1.value }
    let interactions = sums.candidates[place].interactions
    firstInteractions = interactions > 0 ? (interactions, rest) : nil
    remainder = interactions > 0 ? 0 : rest
  }
}
