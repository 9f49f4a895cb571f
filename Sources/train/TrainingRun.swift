import Artifacts
import Evaluation
import Glibc
import Interactions
import StageKit
import Tables
import TwoTower

/// Trains with everything around it: going on from a checkpoint, validation, and telling how far it is.
struct TrainingRun {
  let stage: TrainStage
  let trainer: any Training
  let bias: RecencyBias?
  let context: StageContext
  let lineage: Lineage

  enum Refusal: Error, CustomStringConvertible {
    case nothingToJudge(metric: String)

    var description: String {
      switch self {
      case .nothingToJudge(let metric):
        "\(metric) is not defined on the validation part: no query there has a target that is new to it; hold out more "
          + "rows, or leave the input \"validation\" out"
      }
    }
  }

  /// Seconds between two checkpoints; what a kill may cost.
  static let checkpointSeconds = 10.0

  func run(_ validation: Interactions?, _ pairs: TrainingPairs) throws -> [Trainer.Epoch] {
    let checkpoint = context.work.map { Checkpoint(folder: $0, lineage: lineage) }
    if let epoch = try checkpoint?.resume(trainer) { context.note("goes on from a checkpoint in epoch \(epoch + 1)") }
    var listener = Trainer.Listener()
    let bar = ProgressBar()
    let start = ContinuousClock.now
    var saved = start
    let resumed = trainer.share
    let events = try stage.look.tensorboard.map {
      try TrainingEvents(folder: $0, metric: stage.control.stopMetric, accuracyAt: stage.accuracyAt)
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
      guard isTold(number) else { return }
      bar.clear()
      tell(number, epoch)
    }
    if let validation { listener.validation = try judge(validation, pairs) }
    let history = try trainer.train(listener)
    bar.clear()
    if let best = trainer.progress.bestEpoch {
      context.note(
        "kept epoch \(best + 1), with \(stage.control.stopMetric) \(decimals(history[best].validation ?? .nan, 4)) on the "
          + "validation part" + (history.count < epochs ? "; stopped after epoch \(history.count)" : ""))
    }
    checkpoint?.remove()
    return history
  }

  private var epochs: Int { trainer.lastEpoch ?? stage.epochs }

  /// All of a few epochs, the ends of tenths of many.
  private func isTold(_ number: Int) -> Bool {
    epochs <= 20 || number == 1 || number * 10 / epochs != (number - 1) * 10 / epochs
  }

  private func tell(_ number: Int, _ epoch: Trainer.Epoch) {
    let accuracies = zip(stage.accuracyAt, epoch.accuracies).map { ", top-\($0) \(decimals($1, 4))" }
    let validation = epoch.validation.map { ", validation \(stage.control.stopMetric) \(decimals($0, 4))" } ?? ""
    let loss = decimals(epoch.lossPerBatch, 1)
    context.note(
      "epoch \(number) of \(epochs): \(stage.objective == .ials ? "objective \(loss)" : "loss \(loss) a batch"), "
        + "\(decimals(epoch.lossPerPair, 4)) a pair\(accuracies.joined())\(validation)")
  }

  private func judge(_ validation: Interactions, _ pairs: TrainingPairs) throws -> (Model) throws -> Double {
    let vocabularies = trainer.model.vocabularies
    var queries = IDMap(vocabularies.query)
    var candidates = IDMap(vocabularies.candidate)
    let held = NumberedPairs(
      queries: queries.numbers(of: try validation.text(vocabularies.query.column)),
      candidates: candidates.numbers(of: try validation.text(vocabularies.candidate.column)))
    guard !held.queries.isEmpty else { throw DataError.noRows("validation") }
    let metric = try stage.control.metric
    let train = NumberedPairs(
      queries: try pairs.queries.map { $0 - 1 }, candidates: try pairs.candidates.map { $0 - 1 })
    var history = NumberedPairs(queries: [], candidates: [])
    if let known = try context.optionalInput("history").map({ try Interactions($0) }) {
      history = NumberedPairs(
        queries: queries.numbers(of: try known.text(vocabularies.query.column)),
        candidates: candidates.numbers(of: try known.text(vocabularies.candidate.column)))
    }
    let judged = JudgedQueries(
      test: held, train: train, history: history, queryCount: queries.count, candidateCount: candidates.known)
    let judge = Judge(
      judged, counts: train.counts(candidateCount: candidates.known), ks: [metric.k],
      ties: .expected, threads: context.threads)
    var rows = (
      queries: queries.rows(of: vocabularies.query), candidates: candidates.rows(of: vocabularies.candidate)
    )
    // What is judged is what will be published, and what that does not have is unknown here too.
    let trained = trainer.trained
    if let renumbered = trained?.renumbered {
      rows.queries = rows.queries.map { EmbeddingRow(index: renumbered.queries[Int($0.index)]) }
      rows.candidates = rows.candidates.map { EmbeddingRow(index: renumbered.candidates[Int($0.index)]) }
    }
    let places = rows
    return { model in
      let kept = trained.map { model.keeping($0) } ?? model
      let answers = ModelAnswers(
        bias?.added(to: kept, trained) ?? kept, judged, queryRows: places.queries,
        candidateRows: Array(places.candidates.prefix(candidates.known)),
        threads: context.threads)
      guard let value = judge.judge(answers.scores).value(metric.measure, .excluded, k: metric.k) else {
        throw Refusal.nothingToJudge(metric: stage.control.stopMetric)
      }
      return value
    }
  }
}

/// The state of a running training, in a folder of its own until the model is published.
struct Checkpoint {
  let folder: String
  let lineage: Lineage

  private func files() -> [(step: Int, path: String)] {
    ((try? Files.list(folder)) ?? []).compactMap { name in
      guard name.hasPrefix("checkpoint-"), name.hasSuffix(".tandem") else { return nil }
      return Int(name.dropFirst(11).dropLast(7)).map { ($0, "\(folder)/\(name)") }
    }.sorted { $0.step > $1.step }
  }

  func save(_ trainer: any Training) throws {
    try Files.makeFolders(folder)
    let old = files()
    let path = "\(folder)/checkpoint-\(trainer.progress.step).tandem"
    guard !Files.exists(path) else { return }
    try trainer.publish(to: path, lineage: lineage)
    for file in old { Files.remove(file.path) }
  }

  /// Goes on from the newest checkpoint of the same stage, params and inputs; gives its epoch, from 0.
  func resume(_ trainer: any Training) throws -> Int? {
    for file in files() {
      guard let state = try? ArtifactFile(path: file.path, type: TrainingState.type), state.header.lineage == lineage
      else { continue }
      try trainer.resume(from: state)
      return trainer.progress.epoch
    }
    return nil
  }

  func remove() {
    for file in files() { Files.remove(file.path) }
  }
}
