import Monitoring
import TwoTower

/// A training as TensorBoard shows it: series over steps, those of epochs and of the validation at the last step of
/// each epoch.
final class TrainingEvents {
  private let log: EventLog
  private let metric: String
  private let accuracyAt: [Int]
  private var last = ContinuousClock.now

  init(folder: String, metric: String, accuracyAt: [Int]) throws {
    log = try EventLog(folder: folder)
    self.metric = metric
    self.accuracyAt = accuracyAt
  }

  func batch(_ trainer: any Training) throws {
    guard let step = trainer.lastStep else { return }
    let now = ContinuousClock.now
    let seconds = (now - last) / .seconds(1)
    last = now
    try log.add(
      [
        ("batch/loss_per_pair", step.lossPerPair), ("batch/learning_rate", step.learningRate),
        ("batch/pairs_per_second", Double(step.pairs) / max(seconds, 1e-9)),
      ], step: trainer.progress.step)
  }

  func epoch(_ number: Int, _ epoch: TrainingEpoch, of trainer: any Training) throws {
    var values = [("epoch/loss_per_batch", epoch.lossPerBatch), ("epoch/loss_per_pair", epoch.lossPerPair)]
    values += zip(accuracyAt, epoch.accuracies).map { ("epoch/top_\($0)", $1) }
    let tasks = [
      ("epoch/retrieval_loss", epoch.tasks?.retrieval), ("epoch/rating_loss", epoch.tasks?.rating),
      ("epoch/rmse", epoch.tasks?.rmse),
    ]
    for case (let name, let value?) in tasks { values.append((name, value)) }
    if let value = epoch.validation { values.append(("validation/\(metric)", value)) }
    try log.add(values, step: trainer.progress.step)
  }
}
