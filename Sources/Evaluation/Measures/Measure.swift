/// Whether what the query chose before competes; the target itself always stays.
package enum SeenProtocol: String, CaseIterable, Sendable {
  case included = "seen-included"
  case excluded = "seen-excluded"

  var place: Int { self == .included ? 0 : 1 }
}

/// A metric of every query at every length of list; `Docs/reference/metrics.md` has the definitions and their sources.
package enum Measure: Int, CaseIterable, Sendable {
  // Those that are told of slices come first.
  case hitRate, recall, ndcg, precision, mrr, map, novelty, popularityBias

  package static let ofSlices = [hitRate, recall, ndcg]
  /// Those that say how good a model is, the more the better.
  package static let ofQuality = [hitRate, recall, ndcg, precision, mrr, map]

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
    }
  }

  package init?(name: some StringProtocol) {
    guard let measure = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = measure
  }

  /// What a sum over queries is divided by.
  enum Base: Int, CaseIterable {
    /// Held-out pairs.
    case pairs
    /// Queries with at least one target that they did not choose before.
    case queries
    /// Queries whose list is not empty.
    case lists
    /// Over queries with a list and a history, the mean popularity of what they chose before.
    case histories
  }

  var base: Base {
    switch self {
    case .hitRate: .pairs
    case .recall, .ndcg, .precision, .mrr, .map: .queries
    case .novelty: .lists
    case .popularityBias: .histories
    }
  }

  /// - Parameter rule: that of hit_rate.
  package func ties(_ rule: TieRule) -> String {
    switch self {
    case .hitRate: rule.rawValue
    case .recall, .ndcg, .precision, .mrr, .map: TieRule.expected.rawValue
    case .novelty, .popularityBias: Self.listTies
    }
  }

  /// In a list, equals stand by their numbers, as the index answers them.
  static let listTies = "candidate-order"
}
