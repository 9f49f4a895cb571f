import Artifacts
import Kernels

/// What trains two towers, epoch by epoch: by gradients (`Trainer`) or by exact solutions (`ImplicitALS`). Validation,
/// the best epoch, stopping and the state on disk are the same for both.
package protocol Training: AnyObject {
  /// Whose tables are trained in place.
  var model: Model { get }
  var epochCount: Int { get }
  /// Epochs without a better validation value before training stops; nil trains to the end.
  var patience: Int? { get }
  var pairCount: Int { get }
  var stepsPerEpoch: Int { get }
  var progress: Trainer.Progress { get set }
  /// After how many epochs training ends, though its schedule may go on; nil: at its end.
  var lastEpoch: Int? { get }
  /// Tables of the epoch with the best validation value.
  var best: (queries: Matrix, candidates: Matrix)? { get set }
  /// Rows that this training or an earlier one has pairs for; nil if all count.
  var trained: TrainedRows? { get set }
  /// What the last step showed: nothing before the first one of this process, and nothing where steps have no loss.
  var lastStep: Trainer.Step? { get }
  /// What the memory of the sides is: the optimizer's name, or "ials".
  var method: String { get }
  /// The query tower and the candidate tower.
  var sides: [TrainedSide] { get }

  /// Step `progress.batch` of the running epoch; gives its loss.
  func advance() throws -> Double
  /// What the epoch that ends now showed.
  func finishedEpoch() -> Trainer.Epoch
  /// The model that some tables make.
  func finished(queries: Matrix, candidates: Matrix) -> Model
  /// What the next step depends on besides tables and their memory.
  func writeRest(to writer: ArtifactWriter) throws
  func readRest(from file: ArtifactFile) throws
}

/// A table in training, and what is remembered of its rows.
package struct TrainedSide: Sendable {
  package let name: String
  package let table: Matrix
  package let memory: [Matrix]

  init(_ name: String, _ table: Matrix, memory: [Matrix]) {
    self.name = name
    self.table = table
    self.memory = memory
  }
}

extension Training {
  package var lastStep: Trainer.Step? { nil }
  package func writeRest(to writer: ArtifactWriter) throws {}
  package func readRest(from file: ArtifactFile) throws {}

  /// Steps done, of all.
  package var share: Double { Double(progress.step) / Double(max((lastEpoch ?? epochCount) * stepsPerEpoch, 1)) }

  /// The model as it is now.
  package var current: Model { finished(queries: sides[0].table, candidates: sides[1].table) }

  /// The model to keep: of the best epoch where there is a validation, else as it is now; of the rows that are trained.
  package var result: Model {
    var model = best.map { finished(queries: $0.queries, candidates: $0.candidates) } ?? current
    model.recipe.epochs = progress.bestEpoch.map { $0 + 1 } ?? progress.epoch
    return trained.map { model.keeping($0) } ?? model
  }

  /// `true` if the validation has not bettered for as long as it may.
  package var isStopped: Bool {
    if let lastEpoch, progress.epoch >= lastEpoch { return true }
    guard let patience, let best = progress.bestEpoch else { return false }
    return progress.epoch - 1 - best >= patience
  }

  /// Goes on from `progress` to the end.
  package func train(_ listener: Trainer.Listener = Trainer.Listener()) throws -> [Trainer.Epoch] {
    while progress.epoch < max(epochCount, 1), !isStopped {
      while progress.batch < stepsPerEpoch {
        progress.loss += try advance()
        progress.batch += 1
        guard progress.loss.isFinite else { throw Trainer.Failure.diverged(epoch: progress.epoch + 1) }
        if progress.batch < stepsPerEpoch { try listener.batch(self) }
      }
      try finishEpoch(listener)
      try listener.batch(self)
    }
    return progress.epochs
  }

  private func finishEpoch(_ listener: Trainer.Listener) throws {
    var epoch = finishedEpoch()
    if let validate = listener.validation {
      let value = try validate(current)
      epoch.validation = value
      let best = progress.bestEpoch.flatMap { progress.epochs[$0].validation }
      if value.isFinite, best.map({ value > $0 }) ?? true {
        progress.bestEpoch = progress.epoch
        self.best = (sides[0].table.copy(), sides[1].table.copy())
      }
    }
    progress.epochs.append(epoch)
    progress.epoch += 1
    progress.batch = 0
    progress.loss = 0
    progress.hits = progress.hits.map { _ in 0 }
    try listener.epoch(progress.epoch, epoch)
  }
}
