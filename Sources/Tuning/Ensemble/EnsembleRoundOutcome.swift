import Artifacts
package import CanonicalJSON
import DisplayText
import Evaluation
package import ModelTraining

/// What the last round of a search found: how good its combinations are, and whether the best is better than one model.
package struct EnsembleRoundOutcome: Sendable {
  let members: [EnsembleMember]
  /// The combinations with the members side by side.
  package let combinations: [Combination]
  /// The best of them, in the dimension of the recipe.
  package let best: Combination
  let dimension: Int
  let share: Double
  let folds: Int
  let seed: UInt64

  /// The recipe of the best combination; nil where one model is as good.
  package var recipe: EnsembleRecipe? {
    guard best.isAhead else { return nil }
    return EnsembleRecipe(
      members: zip(members, best.weights).filter { $1 > 0 }.map { member, weight in
        EnsembleRecipe.Member(params: member.trial.params(epochs: member.epochs, seed: seed), weight: weight)
      }, dimension: dimension)
  }

  package var json: JSON {
    [
      "members": .array(
        members.map { .object($0.trial.params(epochs: $0.epochs, seed: seed)) }),
      "combinations": .array(combinations.map(\.json)), "dimension": JSON(dimension), "best": best.json,
      "share": .number(share), "parts": JSON(folds),
    ]
  }

  /// A line for people about what is taken.
  var decision: String {
    let names = Self.names(members, best.weights)
    let what = "\(names) in \(dimension) dimensions"
    let alone = members[0].trial.name
    return best.isAhead
      ? "\(what), ahead of \(alone) alone by \(best.lead.text)" : "none: \(what) is not ahead of \(alone) alone"
  }

  /// The names with the weights, as "softmax + 0.5 ials".
  static func names(_ members: [EnsembleMember], _ weights: [Double]) -> String {
    zip(members, weights).filter { $1 > 0 }.map { member, weight in
      (weight == 1 ? "" : "\(JSON.number(weight).text) ") + member.trial.name
    }.joined(separator: " + ")
  }

  func summary(_ metric: MetricAtK) -> [Summary.Item] {
    func cells(_ combination: Combination, _ name: String) -> [String] {
      [name, decimals(combination.estimate.value, 4), combination.lead.text]
    }
    let part = share < 1 ? "\(decimals(share, 3)) of the queries" : "all queries"
    return [
      .fact("ensemble", decision),
      .table(
        title: "combinations of the families' best, on \(part) and \(folds) held-out part\(folds == 1 ? "" : "s")",
        columns: ["", metric.name, "ahead of \(members[0].trial.name) alone by"],
        rows: combinations.map { cells($0, Self.names(members, $0.weights)) }
          + [cells(best, "\(Self.names(members, best.weights)), in \(dimension) dimensions")]),
    ]
  }
}

extension Estimate {
  /// The value with its standard error, as "0.0031 ± 0.0010".
  var text: String { "\(decimals(value, 4)) ± \(decimals(standardError, 4))" }
}
