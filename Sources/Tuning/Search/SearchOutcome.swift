package import Artifacts
package import CanonicalJSON
import DisplayText
package import Evaluation
import MetricTable
import ModelTraining

/// A trial and how far it came.
package struct TrialOutcome: Sendable {
  package let params: TrialParams
  /// The last round that it took part in, from 0.
  package private(set) var round = 0
  /// The result of that round; `nil` if the trial never ran.
  package private(set) var result: TrialResult?

  init(params: TrialParams) { self.params = params }

  package var best: TrialResult.Checkpoint? { result?.failure == nil ? result?.best : nil }

  mutating func take(_ result: TrialResult, round: Int) {
    self.result = result
    self.round = round
  }

  /// Returns `true` if this trial came to a later round, for which it was chosen, or has the greater value in the same
  /// one.
  func isBetter(than other: TrialOutcome) -> Bool {
    guard let best else { return false }
    guard let others = other.best else { return true }
    return (round, best.estimate.value) > (other.round, others.estimate.value)
  }

  func line(number: Int, of count: Int, _ metric: MetricAtK) -> String {
    let head = "trial \(number + 1) of \(count), \(params.family.rawValue), \(params.description)"
    guard let best else { return "\(head): failed, \(result?.failure ?? "nothing could be judged")" }
    return "\(head): \(metric.name) \(decimals(best.estimate.value, 4)) after \(best.epochs) epochs"
  }
}

/// The outcome of a search: all trials, and the best.
package struct SearchOutcome: Sendable {
  package let metric: MetricAtK
  package let rungs: [Rung]
  /// All trials, the best first.
  package let trials: [TrialOutcome]
  package let best: TrialResult.Checkpoint
  /// nil where no ensembles were tried.
  package let ensemble: EnsembleRoundOutcome?
  package let seed: UInt64
  /// `true` if the limit of time ended the search.
  package let isStopped: Bool

  /// Params of `train` with which the best trial is trained on all pairs, where no ensemble is better.
  package var params: [String: JSON] {
    trials[0].params.params(epochs: best.epochs, seed: seed)
  }

  package var trialsJSON: JSON {
    .array(
      trials.map { trial in
        .object(
          [
            "family": JSON(trial.params.family.rawValue), "params": .object(trial.params.params),
            "round": trial.result == nil ? .null : JSON(trial.round + 1),
          ].merging(trial.result?.json.object ?? [:]) { $1 })
      })
  }

  package var summary: Summary {
    let rows = trials.enumerated().map { place, trial -> [String] in
      let (family, description) = (trial.params.family.rawValue, trial.params.description)
      let round = trial.result == nil ? "" : "\(trial.round + 1)"
      guard let best = trial.best else {
        return ["\(place + 1)", family, round, round.isEmpty ? "" : "failed", "", "", description]
      }
      let interval = best.estimate.interval
      return [
        "\(place + 1)", family, round, decimals(best.estimate.value, 4),
        "\(decimals(interval.low, 4)) to \(decimals(interval.high, 4))", "\(best.epochs)", description,
      ]
    }
    let chosen = ensemble?.recipe.map { Summary.Item.recipe($0) } ?? .recipe(params)
    let value = Summary.Item.fact(
      "\(metric.name) of the best trial on held-out pairs, seen excluded",
      "\(decimals(best.estimate.value, 4)) ± \(decimals(1.96 * best.estimate.standardError, 4))")
    var items = [chosen, value] + [featuresFact].compactMap(\.self)
    items += ensemble?.summary(metric) ?? []
    if isStopped { items.append(.fact("stopped", "by --minutes, before all trials had run")) }
    items.append(
      .table(
        title: "rounds", columns: ["round", "trials", "share of queries", "held-out parts"],
        rows: rungs.enumerated().map {
          ["\($0 + 1)", "\($1.trials)", decimals($1.share, 3), "\($1.folds)"]
        }))
    items.append(
      .table(
        title: "trials, the best first; values of one round compare",
        columns: ["", "family", "round", metric.name, "95 % interval", "epochs", "params"], rows: rows))
    items.append(
      .curve(
        title:
          "the best trial, by checkpoints (\(trials[0].result?.checkpoints.map { "\($0.epochs)" }.joined(separator: ", ") ?? "") epochs)",
        x: "checkpoint", y: metric.name, points: trials[0].result?.checkpoints.map(\.estimate.value) ?? []))
    return Summary(items, highlights: [chosen, value])
  }
}
