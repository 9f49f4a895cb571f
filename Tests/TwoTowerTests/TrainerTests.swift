import Artifacts
import Foundation
import Interactions
import Kernels
import SystemFiles
import Tables
import TestKit
import Testing

@testable import TwoTower

@Suite("Training")
struct TrainerTests {
  private func settings(_ change: (inout Trainer.Settings) -> Void = { _ in }) -> Trainer.Settings {
    var settings = Trainer.Settings()
    settings.length.epochs = 4
    settings.batchSize = 128
    settings.learningRate = 0.1
    settings.seed = 9
    change(&settings)
    return settings
  }

  /// Users of even numbers like candidates of even numbers.
  private func planted() -> (queries: [Int32], candidates: [Int32]) {
    var cases = Cases(3)
    let queries = (0..<2000).map { _ in Int32(1 + cases.number(below: 40)) }
    return (queries, queries.map { Int32(1 + 2 * cases.number(below: 15)) + $0 % 2 })
  }

  private func train(_ change: (inout Trainer.Settings) -> Void = { _ in }) throws -> (Model, [TrainingEpoch]) {
    var cases = Cases(2)
    let model = cases.model(queries: 44, candidates: 34, dimension: 8, scale: 0.05)
    let pairs = planted()
    let trainer = Trainer(model, queries: pairs.queries, candidates: pairs.candidates, settings: settings(change))
    return (model, try trainer.train())
  }

  @Test("finds the groups in the data, and reports its loss in both units")
  func learns() throws {
    let (model, epochs) = try train { $0.length.epochs = 12 }
    #expect(zip(epochs, epochs.dropFirst()).allSatisfy { $0.lossPerBatch > $1.lossPerBatch })
    for epoch in epochs {
      #expect(abs(epoch.lossPerBatch * 16 - epoch.lossPerPair * 2000) < 1e-6 * epoch.lossPerBatch * 16)
    }
    func score(_ query: Int, _ candidate: Int) -> Float {
      zip(model.queries.row(query), model.candidates.row(candidate)).reduce(0) { $0 + $1.0 * $1.1 }
    }
    for query in 1...40 {
      let own = (0..<15).map { score(query, 1 + 2 * $0 + query % 2) }.reduce(0, +)
      let others = (0..<15).map { score(query, 2 + 2 * $0 - query % 2) }.reduce(0, +)
      #expect(own > others)
    }
  }

  @Test("leaves rows without pairs unchanged, such as the out-of-vocabulary row")
  func untouched() throws {
    var cases = Cases(2)
    let before = cases.model(queries: 44, candidates: 34, dimension: 8, scale: 0.05)
    let (after, _) = try train()
    for row in [0, 41, 43] { #expect(before.queries.row(row) == after.queries.row(row)) }
    for row in [0, 32, 33] { #expect(before.candidates.row(row) == after.candidates.row(row)) }
    #expect(before.queries.row(1) != after.queries.row(1))
  }

  @Test("gives the same bits on any number of threads, and different ones for another seed")
  func deterministic() throws {
    let (alone, epochs) = try train { $0.threads = 1 }
    for threads in [2, 5] {
      let (shared, others) = try train { $0.threads = threads }
      #expect(alone.queries.values == shared.queries.values)
      #expect(alone.candidates.values == shared.candidates.values)
      #expect(epochs.map(\.lossPerBatch) == others.map(\.lossPerBatch))
    }
    #expect(try train { $0.seed = 10 }.0.queries.values != alone.queries.values)
  }

  @Test("keeps a small last batch, and accuracies count every pair")
  func lastBatch() throws {
    var cases = Cases(2)
    let model = cases.model(queries: 44, candidates: 34, dimension: 8)
    let pairs = planted()
    let trainer = Trainer(
      model, queries: pairs.queries, candidates: pairs.candidates,
      settings: settings {
        $0.batchSize = 1999
        $0.accuracyAt = [1, 33]
      })
    #expect(trainer.batchCount == 2)
    let epoch = try #require(try trainer.train().first)
    #expect(epoch.accuracies[1] == 1)
    #expect(epoch.accuracies[0] < 1)
  }

  @Test("that diverges is an error")
  func divergence() {
    #expect(throws: TwoTowerError.self) {
      _ = try train {
        $0.learningRate = 1e30
        $0.length.epochs = 3
      }
    }
  }

  @Test("gives the ranks of pairs that a sort gives")
  func ranks() {
    var cases = Cases(6)
    let model = cases.model(queries: 30, candidates: 50, dimension: 4)
    // Rows that repeat make ties.
    for row in 20..<30 {
      model.candidates.pointer(row: row).update(from: model.candidates.pointer(row: row - 10), count: 4)
    }
    let pairs = cases.pairs(200, queries: 30, candidates: 50)
    let batch = Batch(queries: pairs.queries, candidates: pairs.candidates)
    let ranks = PairRanks(model: model, batch: batch, threads: 2)
    for (number, query) in batch.queries.rows.enumerated() {
      let all = (1..<50).map { candidate in
        zip(model.queries.row(Int(query.index)), model.candidates.row(candidate)).reduce(Float(0)) {
          $1.0.addingProduct2($1.1, $0)
        }
      }
      for place in batch.queries.starts[number]..<batch.queries.starts[number + 1] {
        let row = Int(batch.candidates.rows[Int(batch.queries.partners[place])].index)
        guard row > 0 else {
          #expect(ranks.greater[place] == .max)
          continue
        }
        #expect(Int(ranks.greater[place]) == all.count { $0 > all[row - 1] })
        #expect(Int(ranks.equal[place]) == all.count { $0 == all[row - 1] } - 1)
      }
    }
  }

  private func trainer(_ change: (inout Trainer.Settings) -> Void = { _ in }) -> Trainer {
    var cases = Cases(2)
    let model = cases.model(queries: 44, candidates: 34, dimension: 8, scale: 0.05)
    let pairs = planted()
    return Trainer(model, queries: pairs.queries, candidates: pairs.candidates, settings: settings(change))
  }

  @Test(
    "resumes from a checkpoint at any step to the same bits",
    arguments: [Optimizer.Kind.adagrad, .adam], [false, true])
  func resume(optimizer: Optimizer.Kind, validated: Bool) throws {
    let scratch = try Scratch()
    let change: (inout Trainer.Settings) -> Void = {
      $0.optimizer = optimizer
      $0.objective.correctsSampling = true
      $0.objective.uniformNegatives = 20
      $0.reshuffles = true
      $0.length.epochs = 3
      $0.batchSize = 700
      $0.accuracyAt = [3]
      $0.schedule = .cosine
      $0.length.patience = 1
    }
    var listener = TrainingListener()
    // The second epoch is the best.
    if validated { listener.validation = { model in Double(model.queries.row(1)[0]) } }
    let undisturbed = trainer(change)
    let epochs = try undisturbed.train(listener)
    for stop in 1..<9 {
      struct Killed: Error {}
      let path = scratch.file("\(stop).tandem")
      let first = trainer(change)
      var watched = listener
      watched.batch = { trainer in
        guard trainer.progress.step == stop else { return }
        try trainer.publish(to: path, lineage: .none)
        throw Killed()
      }
      do { _ = try first.train(watched) } catch is Killed {}
      guard Files.exists(path) else { continue }
      let second = trainer(change)
      try second.resume(from: ArtifactFile(path: path, type: TrainingState.type))
      #expect(try second.train(listener) == epochs)
      #expect(second.result.queries.values == undisturbed.result.queries.values)
      #expect(second.result.candidates.values == undisturbed.result.candidates.values)
    }
  }

  @Test("keeps the epoch of the best validation and stops without improvement")
  func earlyStopping() throws {
    let values = [0.1, 0.4, 0.3, 0.4, 0.9]
    let trainer = trainer {
      $0.length.epochs = 5
      $0.length.patience = 2
    }
    var seen: [[Float]] = []
    var listener = TrainingListener()
    listener.validation = { model in
      seen.append(model.queries.values)
      return values[seen.count - 1]
    }
    let epochs = try trainer.train(listener)
    #expect(epochs.map(\.validation) == [0.1, 0.4, 0.3, 0.4])
    #expect(trainer.progress.bestEpoch == 1)
    #expect(trainer.result.queries.values == seen[1])
  }

  @Test("starts warm over a larger vocabulary: old rows and optimizer state are kept, new rows are initialised")
  func warmStart() throws {
    let scratch = try Scratch()
    let earlier = trainer()
    _ = try earlier.train()
    try earlier.publish(to: scratch.file("state.tandem"), lineage: .none)
    var cases = Cases(8)
    let grown = cases.model(queries: 50, candidates: 34, dimension: 8, scale: 0.05)
    let fresh = grown.queries.row(47)
    let later = Trainer(grown, queries: [1], candidates: [1], settings: settings())
    let state = try ArtifactFile(path: scratch.file("state.tandem"), type: TrainingState.type)
    let warm = try later.warmStart(from: state)
    #expect(warm.queries == (43, 49) && warm.candidates == (33, 33))
    for row in 0..<44 {
      #expect(later.table(.query).row(row) == earlier.table(.query).row(row))
      #expect(later.towers[0].memory[0][0].row(row) == earlier.towers[0].memory[0][0].row(row))
    }
    #expect(later.table(.query).row(47) == fresh)
    #expect(later.towers[0].memory[0][0].row(47) == [Float](repeating: 0.1, count: 8))
    let narrow = cases.model(queries: 50, candidates: 34, dimension: 4)
    #expect(throws: (any Error).self) {
      _ = try Trainer(narrow, queries: [1], candidates: [1], settings: settings()).warmStart(from: state)
    }
  }

  @Test("with a popularity dimension ranks by it for unknown queries and adds it to the scores of known ones")
  func bias() throws {
    let (model, _) = try train { $0.objective.normalisation = .both }
    let counts = (0..<34).map { Double($0 * $0 % 17) }
    let biased = model.addingBias(counts: counts, weight: 2)
    func scores(_ model: Model, _ query: Int) -> [Double] {
      (1..<34).map { row in
        zip(model.queries.row(query), model.candidates.row(row)).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      }
    }
    let popular = scores(biased, 0)
    for (a, b) in [(3, 9), (12, 30), (5, 22)] { #expect((popular[a - 1] < popular[b - 1]) == (counts[a] < counts[b])) }
    func z(_ values: [Double]) -> [Double] {
      let mean = values.reduce(0, +) / Double(values.count)
      let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
      return values.map { ($0 - mean) / deviation }
    }
    let wanted = zip(z(scores(model, 5)), z(counts.dropFirst().map { logarithm(1 + $0) })).map { $0 + 2 * $1 }
    for (ours, want) in zip(z(scores(biased, 5)), z(wanted)) { #expect(abs(ours - want) < 1e-3) }
    let scratch = try Scratch()
    try biased.publish(to: scratch.file("m.tandem"), lineage: .none, summary: Summary())
    #expect(try Model(ArtifactFile(path: scratch.file("m.tandem"), type: Model.type)).recipe == biased.recipe)
  }

  @Test("gives a model that is read back from its file, with a summary for people")
  func roundTrip() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("model-\(UUID().uuidString).tandem").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let (model, epochs) = try train()
    let summary = ModelSummary(
      model: model, epochs: epochs, accuracyAt: [],
      candidateCounts: TrainingPairs(
        queries: planted().queries, candidates: planted().candidates
      ).candidateCounts(rows: model.candidates.rows)
    ).summary
    try model.publish(to: path, lineage: Lineage(stage: "train", stageVersion: 1), summary: summary)
    let file = try ArtifactFile(path: path, type: Model.type)
    try file.verify()
    let read = try Model(file)
    #expect(read.queries.values == model.queries.values)
    #expect(read.candidates.values == model.candidates.values)
    #expect(read.vocabularies == model.vocabularies)
    let text = file.header.summary.lines.joined(separator: "\n")
    for part in ["dimension: 8", "training loss:", "embedding norms:", "nearest to"] { #expect(text.contains(part)) }
  }
}

extension Float {
  /// self · other + sum in one rounding, as the kernels do.
  fileprivate func addingProduct2(_ other: Float, _ sum: Float) -> Float { sum.addingProduct(self, other) }
}
