package import CanonicalJSON
package import Evaluation

/// Weights of an ensemble's members, and how good the towers of these are.
package struct Combination: Sendable, Equatable {
  /// The weight of each member; 0 for those that take no part.
  package var weights: [Double]
  package var estimate: Estimate
  /// The lead over the first member alone, user by user.
  package var lead: Estimate

  package init(weights: [Double], estimate: Estimate, lead: Estimate) {
    self.weights = weights
    self.estimate = estimate
    self.lead = lead
  }

  /// The first member has weight 1, and the others one of these.
  static let shares = [0, 0.5, 1]

  /// All weights that are tried for so many members, without the first alone.
  static func weights(members: Int) -> [[Double]] {
    let all = (1..<max(members, 1)).reduce([[1.0]]) { lists, _ in
      lists.flatMap { list in shares.map { list + [$0] } }
    }
    return all.filter { $0.dropFirst().contains { $0 > 0 } }
  }

  /// The mean over held-out parts; nil where there is none.
  init?(meanOf parts: [Combination]) {
    guard let first = parts.first, let estimate = Estimate(meanOf: parts.map(\.estimate)),
      let lead = Estimate(meanOf: parts.map(\.lead))
    else { return nil }
    self.init(weights: first.weights, estimate: estimate, lead: lead)
  }

  /// `true` if it is ahead at all. No margin of noise is asked for: over the users of small data, the standard error of
  /// the lead is as great as what ensembles bring, so that one would refuse what is better on average.
  package var isAhead: Bool { lead.value > 0 }
}

extension Combination {
  package var json: JSON {
    [
      "weights": .array(weights.map { .number($0) }), "value": .number(estimate.value),
      "standard_error": .number(estimate.standardError), "lead": .number(lead.value),
      "lead_standard_error": .number(lead.standardError),
    ]
  }

  /// Reads a combination; `nil` if `json` is not one.
  init?(_ json: JSON) {
    guard let weights = json["weights"]?.array?.compactMap(\.number), let value = json["value"]?.number,
      let error = json["standard_error"]?.number, let lead = json["lead"]?.number,
      let leadError = json["lead_standard_error"]?.number
    else { return nil }
    self.init(
      weights: weights, estimate: Estimate(value: value, standardError: error),
      lead: Estimate(value: lead, standardError: leadError))
  }
}
