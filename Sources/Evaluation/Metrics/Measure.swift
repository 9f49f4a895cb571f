/// Says if candidates that the query chose before compete; the target itself always does.
package enum SeenProtocol: String, CaseIterable, Sendable {
  case included = "seen-included"
  case excluded = "seen-excluded"

  var place: Int { self == .included ? 0 : 1 }
}

/// A metric of a list of `k` candidates; `Docs/reference/metrics.md` has the definitions and their sources.
///
/// To add one: a case here, with its name and base, and its value in `Judge.measure` or `TiedRanks.values`.
package enum Measure: Int, CaseIterable, Sendable {
  /// The share of held-out pairs whose candidate is in the list.
  case hitRate
  /// The share of a query's targets that are in the list.
  case recall
  /// The normalised discounted cumulative gain: Σ 1 / log₂(rank + 1) over the targets in the list, divided by the sum
  /// of a list with targets alone (Järvelin & Kekäläinen, 2002).
  case ndcg
  /// The share of the list that are targets.
  case precision
  /// The mean reciprocal rank: 1 / rank of the first target in the list, 0 if there is none.
  case mrr
  /// The mean average precision: the precision at the rank of each target in the list, summed and divided by the number
  /// of targets that fit.
  case map
  /// The mean of −log₂ of the share of the train pairs that each candidate of the list has.
  case novelty
  /// The mean popularity of the lists' candidates divided by that of the histories', over queries that have both.
  case popularityBias
  /// The share of the list that no train pair has: new candidates.
  case newShare
  /// The area under the ROC curve: the probability that a target of the query stands before a candidate that is none
  /// (Rendle et al., "BPR", 2009), where lists reach all candidates.
  case auc

  package static let ofSlices = [hitRate, recall, ndcg]
  /// The metrics of quality: greater is better.
  package static let ofQuality = ofSlices + [precision, mrr, map]
  /// All metrics, in the order of their columns in `QuerySums`, where those of slices, and those of quality, are one
  /// range from the first column on.
  static let inColumns = ofQuality + [novelty, popularityBias, newShare, auc]
  private static let places = allCases.map { inColumns.firstIndex(of: $0) ?? inColumns.count }

  /// The metric's place in `inColumns`.
  var place: Int { Self.places[rawValue] }

  package var name: String {
    switch self {
    case .hitRate: "hit_rate"
    case .recall: "recall"
    case .ndcg: "ndcg"
    case .precision: "precision"
    case .mrr: "mrr"
    case .map: "map"
    case .novelty: "novelty"
    case .popularityBias: "popularity_bias"
    case .newShare: "new_share"
    case .auc: "auc"
    }
  }

  package init?(name: some StringProtocol) {
    guard let measure = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = measure
  }

  /// The divisor of a sum over queries.
  enum Base: Int, CaseIterable {
    /// Held-out pairs.
    case pairs
    /// Queries with at least one target that they did not choose before.
    case queries
    /// Queries whose list is not empty.
    case lists
    /// Over queries with a list and a history, the mean popularity of the items in the history.
    case histories
  }

  var base: Base {
    switch self {
    case .hitRate: .pairs
    case .recall, .ndcg, .precision, .mrr, .map, .auc: .queries
    case .novelty, .newShare: .lists
    case .popularityBias: .histories
    }
  }

  /// - Parameter rule: that of hit_rate.
  package func ties(_ rule: TieRule) -> String {
    switch self {
    case .hitRate: rule.rawValue
    case .recall, .ndcg, .precision, .mrr, .map, .auc: TieRule.expected.rawValue
    case .novelty, .popularityBias, .newShare: Self.listTies
    }
  }

  /// The rule of lists: equal scores stand by their candidates' numbers, as the index answers them.
  static let listTies = "candidate-order"
}
