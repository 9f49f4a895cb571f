import Interactions

/// The baselines, by the names that options and metrics have for them. To add one: a case here, and a type that is
/// `HistoryScores` in a file beside this.
package enum Baseline: String, CaseIterable, Sendable {
  case popularity
  case random
  case recentPopularity = "recent-popularity"
  case itemKNN = "item-knn"
  case ease

  /// Fits the baseline to the train pairs.
  ///
  /// - Throws: the reason why the data or the catalog's size do not allow it.
  package func scorer(_ data: EvaluationData, seed: UInt64, threads: Int) throws -> any HistoryScores {
    let count = data.judged.candidateCount
    switch self {
    case .popularity: return PopularityScores(counts: data.counts)
    case .random: return RandomScores(seed: seed)
    case .recentPopularity:
      let times = try data.trainInteractions.times().map { Double($0) }
      return RecentPopularity(data.train, timestamps: times, candidateCount: count)
    case .itemKNN: return ItemKNN(data.train, candidateCount: count, threads: threads)
    case .ease: return try EASE(data.train, candidateCount: count, threads: threads)
    }
  }
}
