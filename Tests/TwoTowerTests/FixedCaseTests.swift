import Interactions
import Kernels
import Tables
import Testing
import TwoTower

/// Beside what TFRS 0.7.3 on TensorFlow 2.15.1 computed from the same tables and batches.
///
/// "Within 1e-5" means: a loss differs by at most 1e-5 of TFRS's loss, an element of a gradient by at most 1e-5 of the
/// greatest magnitude in TFRS's gradient, and an element of a trained table by at most 1e-5 of the greatest change that
/// training made in TFRS's table.
@Suite("A small case computed by TensorFlow Recommenders")
struct FixedCaseTests {
  static let tolerance = 1e-5

  @Test("The first loss and its gradients are TFRS's within 1e-5", arguments: FixedCase.names)
  func firstStep(name: String) throws {
    let fixed = try FixedCase.named(name)
    let model = fixed.model
    let objective = SampledSoftmax(
      fixed.batches[0],
      queries: EmbeddingTower(.query, model.queries).vectors(of: fixed.batches[0].queries.rows, threads: 1),
      candidates: EmbeddingTower(.candidate, model.candidates)
        .vectors(of: fixed.batches[0].candidates.rows, threads: 1))
    let (queries, candidates) = (Gradients(of: model.queries), Gradients(of: model.candidates))
    let batch = objective.batch
    let outcome = objective.run(threads: 1)
    for (place, row) in batch.queries.rows.enumerated() { queries.add(outcome.queries.row(place), to: row) }
    for (place, row) in batch.candidates.rows.enumerated() { candidates.add(outcome.candidates.row(place), to: row) }
    #expect(abs(outcome.loss - fixed.firstLoss) <= Self.tolerance * fixed.firstLoss)
    expect(queries.dense.values, near: fixed.queryGradient.values)
    expect(candidates.dense.values, near: fixed.candidateGradient.values)
  }

  @Test("Every step's loss and the tables after training are TFRS's within 1e-5", arguments: FixedCase.names)
  func training(name: String) throws {
    let fixed = try FixedCase.named(name)
    let trained = Trained(fixed, threads: 1)
    #expect(trained.stepLosses.count == fixed.stepLosses.count)
    for (loss, expected) in zip(trained.stepLosses, fixed.stepLosses) {
      #expect(abs(loss - expected) <= Self.tolerance * expected)
    }
    expect(trained.model.queries.values, near: fixed.queriesAfter.values, from: fixed.queries.values)
    expect(trained.model.candidates.values, near: fixed.candidatesAfter.values, from: fixed.candidates.values)
  }

  @Test("Rows that are in no batch are unchanged, bit for bit", arguments: FixedCase.names)
  func untouchedRows(name: String) throws {
    let fixed = try FixedCase.named(name)
    let model = Trained(fixed, threads: 1).model
    let unused = { (table: FixedCase.Table, rows: [Int32]) in Set(0..<table.rows).subtracting(rows.map { Int($0) }) }
    let queries = unused(fixed.queries, fixed.pairs.flatMap(\.queries))
    let candidates = unused(fixed.candidates, fixed.pairs.flatMap(\.candidates))
    #expect(queries.contains(7) && candidates.contains(4))
    for row in 0..<fixed.queries.rows {
      #expect(model.queries.row(row).elementsEqual(fixed.queries.row(row)) == queries.contains(row), "query row \(row)")
    }
    for row in 0..<fixed.candidates.rows {
      #expect(
        model.candidates.row(row).elementsEqual(fixed.candidates.row(row)) == candidates.contains(row),
        "candidate row \(row)")
    }
  }

  @Test("An epoch's loss is the mean of its steps' losses, as Keras' `fit` reports it", arguments: FixedCase.names)
  func epochLosses(name: String) throws {
    let fixed = try FixedCase.named(name)
    let trained = Trained(fixed, threads: 1)
    let epochs = try Trainer(fixed.model, batches: fixed.batches, settings: Trained.settings(fixed, threads: 1)).train()
    #expect(epochs.count == fixed.epochs)
    for (number, epoch) in epochs.enumerated() {
      let steps = trained.stepLosses[number * fixed.pairs.count..<(number + 1) * fixed.pairs.count]
      #expect(abs(epoch.lossPerBatch - steps.reduce(0, +) / Double(steps.count)) <= 1e-12 * epoch.lossPerBatch)
      let pairs = fixed.pairs.reduce(0) { $0 + $1.queries.count }
      #expect(abs(epoch.lossPerPair - steps.reduce(0, +) / Double(pairs)) <= 1e-12 * epoch.lossPerPair)
    }
  }

  @Test("The ranks of pairs give FactorizedTopK's accuracies", arguments: FixedCase.names)
  func factorizedTopK(name: String) throws {
    let fixed = try FixedCase.named(name)
    let model = FixedCase.model(fixed.topK.queries, fixed.topK.candidates)
    let batch = fixed.batches[0]
    for threads in 1...3 {
      let ranks = PairRanks(model: model, batch: batch, threads: threads)
      for (k, expected) in zip(fixed.topK.ks, fixed.topK.values) {
        let hits = zip(ranks.greater, batch.queries.partnerCounts).reduce(0) { $0 + ($1.0 < k ? Double($1.1) : 0) }
        // TFRS counts in 32 bits.
        #expect(Float(hits / Double(batch.count)) == Float(expected), "top-\(k), \(threads) threads")
      }
    }
  }

  @Test("Two and three threads give the bits of one", arguments: FixedCase.names)
  func threads(name: String) throws {
    let fixed = try FixedCase.named(name)
    let one = Trained(fixed, threads: 1)
    for threads in 2...3 {
      let more = Trained(fixed, threads: threads)
      #expect(more.stepLosses.map(\.bitPattern) == one.stepLosses.map(\.bitPattern))
      #expect(more.model.queries.values.map(\.bitPattern) == one.model.queries.values.map(\.bitPattern))
      #expect(more.model.candidates.values.map(\.bitPattern) == one.model.candidates.values.map(\.bitPattern))
    }
  }

  /// Element by element, against the greatest magnitude of `expected - origin`.
  private func expect(
    _ values: [Float], near expected: [Float], from origin: [Float]? = nil, at place: SourceLocation = #_sourceLocation
  ) {
    #expect(values.count == expected.count, sourceLocation: place)
    let origin = origin ?? [Float](repeating: 0, count: expected.count)
    let scale = zip(expected, origin).map { abs(Double($0) - Double($1)) }.max() ?? 0
    // NaN is near nothing.
    let far = zip(values, expected).filter { !(abs(Double($0) - Double($1)) <= Self.tolerance * scale) }
    #expect(scale > 0 && far.isEmpty, "\(far.count) of \(values.count), on a scale of \(scale)", sourceLocation: place)
  }
}

/// A fixed case trained step by step.
private struct Trained {
  let model: Model
  var stepLosses: [Double] = []

  init(_ fixed: FixedCase, threads: Int) {
    model = fixed.model
    let trainer = Trainer(model, batches: fixed.batches, settings: Self.settings(fixed, threads: threads))
    for _ in 0..<fixed.epochs { for batch in fixed.batches { stepLosses.append(trainer.step(batch)) } }
  }

  static func settings(_ fixed: FixedCase, threads: Int) -> Trainer.Settings {
    var settings = Trainer.Settings()
    settings.length.epochs = fixed.epochs
    settings.learningRate = fixed.learningRate
    settings.threads = threads
    return settings
  }
}

/// Gradients of the rows of a batch as those of the whole table: zero where a row is not in the batch.
private struct Gradients: Sendable {
  let dense: Matrix

  init(of table: Matrix) { dense = Matrix(rows: table.rows, columns: table.columns) }

  func add(_ gradient: [Float], to row: EmbeddingRow) {
    for column in 0..<dense.columns { dense.pointer(row: Int(row.index))[column] += gradient[column] }
  }
}
