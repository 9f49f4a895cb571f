import ArgumentParser
import Evaluation
import Interactions
import StageKit

/// What every model is measured beside.
enum Baseline: String, ChoiceParam {
  case popularity
  case random
  case recentPopularity = "recent-popularity"
  case itemKNN = "item-knn"
  case ease

  /// - Throws: the reason why there is no such baseline for these data.
  func scorer(_ data: EvaluationData, seed: UInt64, threads: Int) throws -> any HistoryScores {
    let (queries, candidates) = data.trainRows
    let count = data.judged.candidateCount
    switch self {
    case .popularity: return PopularityScores(counts: data.counts)
    case .random: return RandomScores(seed: seed)
    case .recentPopularity:
      let times = try data.trainInteractions.times().map { Double($0) }
      return RecentPopularity(
        queries: queries, candidates: candidates, timestamps: times, candidateCount: count)
    case .itemKNN:
      return ItemKNN(queries: queries, candidates: candidates, candidateCount: count, threads: threads)
    case .ease:
      return try EASE(queries: queries, candidates: candidates, candidateCount: count, threads: threads)
    }
  }
}
