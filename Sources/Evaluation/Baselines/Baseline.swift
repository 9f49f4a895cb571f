import Interactions

/// The baselines, by the names that options and metrics have for them. To add one: a case here, and a type that is
/// `HistoryScores` in a file beside this.
package enum Baseline: String, CaseIterable, Sendable {
  case popularity
  case random
  case recentPopularity = "recent-popularity"
  case itemKNN = "item-knn"
  case ease
  case contentKNN = "content-knn"
  case featurePopularity = "feature-popularity"

  /// `true` if the baseline ranks by features of the candidates.
  package var readsFeatures: Bool { self == .contentKNN || self == .featurePopularity }

  /// Fits the baseline to the train pairs.
  ///
  /// - Parameter features: of the candidates, if they have some.
  /// - Throws: the reason why the data or the catalog's size do not allow it.
  package func scorer(
    _ data: EvaluationData, features: CandidateFeatures? = nil, seed: UInt64, threads: Int
  ) throws -> any HistoryScores {
    try scorer(
      data.train, times: { try data.trainInteractions.times().map { Double($0) } }, counts: data.counts,
      features: features, seed: seed, threads: threads)
  }

  /// Fits the baseline to the train pairs of the users of test events.
  ///
  /// - Parameter features: of the candidates, if they have some.
  /// - Throws: the reason why the data or the catalog's size do not allow it.
  package func scorer(
    _ events: EventSequences, features: CandidateFeatures? = nil, seed: UInt64, threads: Int
  ) throws -> any HistoryScores {
    try scorer(
      events.train, times: { events.trainTimes }, counts: events.counts, features: features, seed: seed,
      threads: threads)
  }

  /// - Parameter counts: train pairs of each candidate.
  private func scorer(
    _ train: NumberedPairs, times: () throws -> [Double], counts: [Int32], features: CandidateFeatures?, seed: UInt64,
    threads: Int
  ) throws -> any HistoryScores {
    switch self {
    case .popularity: return PopularityScores(counts: counts)
    case .random: return RandomScores(seed: seed)
    case .recentPopularity:
      return RecentPopularity(train, timestamps: try times(), candidateCount: counts.count)
    case .itemKNN: return ItemKNN(train, candidateCount: counts.count, threads: threads)
    case .ease: return try EASE(train, candidateCount: counts.count, threads: threads)
    case .contentKNN: return ContentKNN(try required(features), counts: counts)
    case .featurePopularity: return FeaturePopularity(try required(features), counts: counts)
    }
  }

  private func required(_ features: CandidateFeatures?) throws(EvaluationError) -> CandidateFeatures {
    guard let features else { throw .noFeatures }
    return features
  }
}
