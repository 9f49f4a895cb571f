package import Artifacts
import Interactions
import Tables
package import TwoTower

/// The model that a training ends with, looked at before it is published.
package struct TrainingOutcome {
  /// The model with its popularity.
  package let model: Model
  /// Warnings about the trained model.
  package let warnings: [String]
  private let learnt: ModelSummary

  /// - Parameter histories: how the model answers a whole history; nil for a member of an ensemble, which answers none.
  /// - Throws: `LearntNothing`, or `TwoTowerError.notItemToItem`.
  package init(
    _ trainer: any Training, _ epochs: [TrainingEpoch], _ data: TrainingData, histories: HistoryOptions?,
    validationMetric: String
  ) throws {
    let result = trainer.result
    let check = LearningCheck(result)
    try check.refuseNothing()
    try trainer.checkLearnt()
    warnings = check.warnings
    let counts = data.pairs.candidateCounts(rows: trainer.vocabularies.candidate.rows)
    let isKept = trainer.trained?.candidates
    learnt = ModelSummary(
      model: result, epochs: epochs, accuracyAt: trainer.accuracyAt,
      candidateCounts: counts.indices.filter { isKept?[$0] ?? true }.map { counts[$0] },
      bestEpoch: trainer.progress.bestEpoch.map { $0 + 1 }, validationMetric: validationMetric,
      facts: check.warnings.map { .fact("warning", $0) })
    let popular = data.popularity?.added(to: result, trainer.trained) ?? result
    model = try histories?.applied(to: popular) ?? popular
  }

  /// - Parameter judged: the model whose recipe this is a refit by, if it is one.
  package func summary(refitOf judged: Digest?) -> Summary {
    var summary = learnt
    summary.facts += judged.map { [.fact("refit of", $0.hexadecimal)] } ?? []
    return summary.summary
  }
}
