import Artifacts
package import Interactions
package import Kernels

/// A training of two towers, epoch by epoch: by gradients (`Trainer`, `LinearAutoencoder`) or by exact solutions
/// (`ImplicitALS`). Validation, the best epoch, early stopping and the state on disk are the same for all.
package protocol Training: AnyObject {
  var vocabularies: Vocabularies { get }
  var length: TrainingLength { get }
  var pairCount: Int { get }
  var stepsPerEpoch: Int { get }
  var progress: TrainingProgress { get set }
  /// The parameters of the epoch with the best validation value, in the order of `parameters`.
  var best: [Matrix]? { get set }
  /// Rows that this training or an earlier one has pairs for; nil if all count.
  var trained: TrainedRows? { get set }
  /// The numbers of the last step: `nil` before the first one of this process, and if steps have no loss.
  var lastStep: TrainingStep? { get }
  /// The name of the optimizer that the towers' memory belongs to, or the name of the method that has its own.
  var optimizerName: String { get }
  /// The query tower and the candidate tower.
  var towers: [TrainedTower] { get }
  /// The rating head in training; `nil` where there is none.
  var head: TrainedHead? { get }
  /// The lengths of the lists whose accuracies each epoch reports.
  var accuracyAt: [Int] { get }
  /// A line about the training data, such as the number of batches.
  var dataDescription: String { get }

  /// Takes step `progress.batch` of the running epoch; returns its loss.
  func advance() throws -> Double
  /// Returns the numbers of the epoch that ends now.
  func finishedEpoch() -> TrainingEpoch
  /// The model that towers with some parameters make.
  func finished(_ towers: [any Tower]) -> Model
  /// An epoch's loss in words, such as "loss 12.5 a batch".
  func description(ofLoss loss: String) -> String
  /// One batch's scores before and after each correction; none where there are no batches.
  func auditLines() throws -> [String]
  /// Refuses a training that explains nothing of its data.
  func checkLearnt() throws(LearntNothing)
}

/// A tower in training, and what an optimizer remembers of its parameters.
package struct TrainedTower: Sendable {
  package let side: TowerSide
  package let tower: any Tower
  /// The matrices of each parameter table.
  let memory: [[Matrix]]

  init(_ side: TowerSide, _ tower: any Tower, memory: [[Matrix]]) {
    self.side = side
    self.tower = tower
    self.memory = memory
  }
}

/// A rating head in training, and what an optimizer remembers of its parameters.
package struct TrainedHead: Sendable {
  package let head: RatingHead
  /// The matrices of each parameter table.
  let memory: [[Matrix]]
}

/// A parameter table in training, by the name that a training state has it by.
struct TrainedParameter {
  /// The tower that has it; `nil` for the rating head.
  let side: TowerSide?
  let name: String
  let table: ParameterTable
  let memory: [(name: String, matrix: Matrix)]
}

extension TrainedHead {
  fileprivate var parameters: [TrainedParameter] {
    zip(head.parameters, memory).map { table, memory in
      let name = "rating_\(table.name)"
      return TrainedParameter(
        side: nil, name: name, table: table, memory: memory.enumerated().map { ("\(name)_memory_\($0)", $1) })
    }
  }
}

extension Training {
  package var lastStep: TrainingStep? { nil }
  package var head: TrainedHead? { nil }
  package var accuracyAt: [Int] { [] }
  package func auditLines() throws -> [String] { [] }
  package func checkLearnt() throws(LearntNothing) {}

  /// Steps done, of all.
  package var share: Double {
    Double(progress.step) / Double(max((length.lastEpoch ?? length.epochs) * stepsPerEpoch, 1))
  }

  /// Parameter tables of both towers, "query_table" and "candidate_table" where both are embeddings, and then those of the
  /// rating head, if there is one.
  var parameters: [TrainedParameter] {
    towers.flatMap { side in
      zip(side.tower.parameters, side.memory).map { table, memory in
        let prefix = table.name == "table" ? side.side.rawValue : "\(side.side.rawValue)_\(table.name)"
        return TrainedParameter(
          side: side.side, name: "\(side.side.rawValue)_\(table.name)", table: table,
          memory: memory.enumerated().map { ("\(prefix)_memory_\($0)", $1) })
      }
    } + (head?.parameters ?? [])
  }

  /// The model as it is now.
  package var current: Model { finished(towers.map(\.tower), head?.head) }

  private func finished(_ towers: [any Tower], _ head: RatingHead?) -> Model {
    var model = finished(towers)
    model.rating = head
    return model
  }

  /// The model of other values of all `parameters`.
  private func finished(_ parameters: [Matrix]) -> Model {
    var rest = parameters[...]
    let towers = towers.map { side in
      let count = side.tower.parameters.count
      defer { rest = rest.dropFirst(count) }
      return side.tower.with(Array(rest.prefix(count)))
    }
    return finished(towers, head?.head.with(Array(rest)))
  }

  /// The model to keep: of the best epoch where there is a validation, else as it is now; of the rows that are trained.
  package var result: Model {
    var model = best.map { finished($0) } ?? current
    model.recipe.epochs = progress.bestEpoch.map { $0 + 1 } ?? progress.epoch
    return trained.map { model.keeping($0) } ?? model
  }

  /// `true` if the validation has not bettered for as long as it may.
  package var isStopped: Bool {
    if let lastEpoch = length.lastEpoch, progress.epoch >= lastEpoch { return true }
    guard let patience = length.patience, let best = progress.bestEpoch else { return false }
    return progress.epoch - 1 - best >= patience
  }

  /// Goes on from `progress` to the end.
  package func train(_ listener: TrainingListener = TrainingListener()) throws -> [TrainingEpoch] {
    while progress.epoch < max(length.epochs, 1), !isStopped {
      while progress.batch < stepsPerEpoch {
        progress.loss += try advance()
        progress.batch += 1
        guard progress.loss.isFinite else { throw TwoTowerError.diverged(epoch: progress.epoch + 1) }
        if progress.batch < stepsPerEpoch { try listener.batch(self) }
      }
      try finishEpoch(listener)
      try listener.batch(self)
    }
    return progress.epochs
  }

  private func finishEpoch(_ listener: TrainingListener) throws {
    var epoch = finishedEpoch()
    if let validate = listener.validation {
      let value = try validate(current)
      epoch.validation = value
      let best = progress.bestEpoch.flatMap { progress.epochs[$0].validation }
      if value.isFinite, best.map({ value > $0 }) ?? true {
        progress.bestEpoch = progress.epoch
        self.best = parameters.map { $0.table.matrix.copy() }
      }
    }
    progress.epochs.append(epoch)
    progress.epoch += 1
    progress.batch = 0
    progress.loss = 0
    progress.hits = progress.hits.map { _ in 0 }
    progress.tasks = progress.tasks.map { _ in TaskSums() }
    try listener.epoch(progress.epoch, epoch)
  }
}
