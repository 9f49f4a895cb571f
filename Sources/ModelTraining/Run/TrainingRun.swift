package import Artifacts
import DisplayText
package import Evaluation
import Glibc
import Interactions
import Monitoring
package import StageKit
package import TwoTower

/// A training with everything around it: checkpoints, validation, progress and TensorBoard's log.
package struct TrainingRun {
  private let trainer: any Training
  private let metric: MetricAtK
  private let tensorBoard: String?
  private let context: StageContext
  private let folder: String?
  private let lineage: Lineage

  /// - Parameters:
  ///   - metric: that the validation is named by.
  ///   - tensorBoard: a folder for TensorBoard's log, if one is asked for.
  ///   - folder: for checkpoints, if they are kept.
  ///   - lineage: that a checkpoint must have to be gone on from.
  package init(
    _ trainer: any Training, metric: MetricAtK, tensorBoard: String?, context: StageContext, folder: String?,
    lineage: Lineage
  ) {
    self.trainer = trainer
    self.metric = metric
    self.tensorBoard = tensorBoard
    self.context = context
    self.folder = folder
    self.lineage = lineage
  }

  /// Seconds between two checkpoints, which a kill may lose.
  static let checkpointSeconds = 10.0

  /// Trains to the end.
  ///
  /// - Parameter validation: judges the model after each epoch, if there is a validation part.
  package func run(_ validation: ((Model) throws -> Double)?) throws -> [TrainingEpoch] {
    let checkpoint = folder.map { Checkpoint(folder: $0, lineage: lineage) }
    if let epoch = try checkpoint?.resume(trainer) { context.note("goes on from a checkpoint in epoch \(epoch + 1)") }
    var listener = TrainingListener()
    let bar = ProgressBar()
    let start = ContinuousClock.now
    var saved = start
    let resumed = trainer.share
    let events = try tensorBoard.map {
      try TrainingEvents(folder: $0, metric: metric.name, accuracyAt: trainer.accuracyAt)
    }
    listener.batch = { trainer in
      try events?.batch(trainer)
      bar.update(trainer.share) { seconds in
        let done = (trainer.share - resumed) * Double(epochs * trainer.pairCount)
        let loss = trainer.progress.epochs.last.map { ", loss \(decimals($0.lossPerPair, 4)) a pair" } ?? ""
        return "epoch \(min(trainer.progress.epoch + 1, epochs)) of \(epochs)\(loss), "
          + "\(Int(done / max(seconds, 1e-3))) pairs/s"
      }
      if let checkpoint, ContinuousClock.now - saved > .seconds(Self.checkpointSeconds) {
        try checkpoint.save(trainer)
        saved = ContinuousClock.now
      }
    }
    listener.epoch = { number, epoch in
      try events?.epoch(number, epoch, of: trainer)
      guard isLogged(number) else { return }
      bar.clear()
      log(number, epoch)
    }
    listener.validation = validation
    let history = try trainer.train(listener)
    bar.clear()
    if let best = trainer.progress.bestEpoch {
      context.note(
        "kept epoch \(best + 1), with \(metric.name) \(decimals(history[best].validation ?? .nan, 4)) on the "
          + "validation part" + (history.count < epochs ? "; stopped after epoch \(history.count)" : ""))
    }
    checkpoint?.remove()
    return history
  }

  private var epochs: Int { trainer.length.lastEpoch ?? trainer.length.epochs }

  /// All of a few epochs, the ends of tenths of many.
  private func isLogged(_ number: Int) -> Bool {
    epochs <= 20 || number == 1 || number * 10 / epochs != (number - 1) * 10 / epochs
  }

  private func log(_ number: Int, _ epoch: TrainingEpoch) {
    let accuracies = zip(trainer.accuracyAt, epoch.accuracies).map { ", top-\($0) \(decimals($1, 4))" }
    let validation = epoch.validation.map { ", validation \(metric.name) \(decimals($0, 4))" } ?? ""
    let loss =
      epoch.tasks?.description ?? trainer.description(ofLoss: decimals(epoch.lossPerBatch, 1))
      + ", \(decimals(epoch.lossPerPair, 4)) a pair"
    context.note("epoch \(number) of \(epochs): \(loss)\(accuracies.joined())\(validation)")
  }
}

extension TaskLosses {
  /// The losses of both tasks in words.
  fileprivate var description: String {
    let retrieval = retrieval.map { "retrieval loss \(decimals($0, 1)) a batch" }
    let rating = rating.map { "rating loss \(decimals($0, 4)) a batch" }
    return [retrieval, rating, rmse.map { "RMSE \(decimals($0, 4))" }].compactMap { $0 }.joined(separator: ", ")
  }
}
