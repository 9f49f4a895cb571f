import Artifacts
import Kernels
import Tables
import TestKit
import Testing

@testable import TwoTower

@Suite("Implicit alternating least squares")
struct ImplicitALSTests {
  private static let objectives = [
    ImplicitALSObjective(unobservedWeight: 0.2, regularization: 0.03, exponent: 1),
    ImplicitALSObjective(unobservedWeight: 0.5, regularization: 0.1, exponent: 0.5),
    ImplicitALSObjective(unobservedWeight: 0.1, regularization: 2, exponent: 0),
  ]

  /// Rows of 0 are unknown; query 29 and candidate 39 have no pair.
  private func pairs(weighted: Bool) -> DrawnPairs {
    var cases = Cases(17)
    var pairs = cases.trainingPairs(300, queries: 29, candidates: 39)
    if weighted { pairs.weights = (0..<300).map { _ in Float(cases.number(below: 5)) / 2 } }
    return pairs
  }

  private func training(
    _ objective: ImplicitALSObjective = objectives[0], weighted: Bool = false, dimension: Int = 5, epochs: Int = 3,
    threads: Int = 1, queries: Int = 30, patience: Int? = nil
  ) -> ImplicitALS {
    var cases = Cases(18)
    var settings = ImplicitALS.Settings()
    settings.objective = objective
    settings.length.epochs = epochs
    settings.threads = threads
    settings.length.patience = patience
    let model = cases.model(queries: queries, candidates: 40, dimension: dimension, scale: 0.3)
    let pairs = pairs(weighted: weighted)
    return ImplicitALS(
      model, queries: pairs.queries.rows, candidates: pairs.candidates.rows, weights: pairs.weights, settings: settings)
  }

  @Test(
    "minimises the formula: one sweep agrees with a dense solution in doubles",
    arguments: objectives, [false, true])
  func sweep(objective: ImplicitALSObjective, weighted: Bool) throws {
    for dimension in [1, 5, 16, 19] {
      let training = training(objective, weighted: weighted, dimension: dimension)
      var naive = NaiveImplicitALS(training.current, pairs(weighted: weighted), objective)
      naive.sweep()
      _ = try training.advance()
      training.progress.batch = 1
      let value = try training.advance()
      func error(_ table: Matrix, _ wanted: [[Double]], where counts: (Int) -> Bool) -> Double {
        wanted.indices.filter(counts).reduce(0) { greatest, row in
          zip(table.row(row + 1), wanted[row]).reduce(greatest) { max($0, abs(Double($1.0) - $1.1)) }
        }
      }
      #expect(error(training.current.queries, naive.queries) { naive.hasPairs(query: $0) } < 2e-5)
      #expect(error(training.current.candidates, naive.candidates) { _ in true } < 2e-5)
      #expect(abs(value - naive.value) < 1e-5 * naive.value, "the told loss is the objective's value")
    }
  }

  @Test("never raises the objective from one half of a sweep to the next", arguments: [false, true])
  func descent(weighted: Bool) throws {
    let training = training(weighted: weighted)
    let start = NaiveImplicitALS(training.current, pairs(weighted: weighted), Self.objectives[0])
    var values = [start.value]
    for half in 0..<16 {
      training.progress.batch = half % 2
      _ = try training.advance()
      values.append(NaiveImplicitALS(training.current, pairs(weighted: weighted), Self.objectives[0]).value)
    }
    #expect(zip(values, values.dropFirst()).allSatisfy { $1 <= $0 * (1 + 1e-7) }, "\(values)")
    #expect(values[16] < 0.7 * values[0])
  }

  @Test("leaves queries without pairs at their initial vectors, and sets candidates without pairs to 0")
  func untouched() throws {
    let training = training()
    var cases = Cases(18)
    let before = cases.model(queries: 30, candidates: 40, dimension: 5, scale: 0.3)
    _ = try training.train()
    for row in [0, 29] { #expect(training.current.queries.row(row) == before.queries.row(row)) }
    #expect(training.current.queries.row(1) != before.queries.row(1))
    #expect(training.current.candidates.row(39) == [0, 0, 0, 0, 0])
    #expect(training.current.candidates.row(0) == before.candidates.row(0))
  }

  @Test("gives the same bits on any number of threads")
  func deterministic() throws {
    let alone = training(dimension: 17, threads: 1)
    let epochs = try alone.train()
    for threads in [2, 5] {
      let shared = training(dimension: 17, threads: threads)
      #expect(try shared.train() == epochs)
      #expect(shared.result.queries.values == alone.result.queries.values)
      #expect(shared.result.candidates.values == alone.result.candidates.values)
    }
  }

  @Test("resumes from a checkpoint after any half of a sweep to the same bits")
  func resume() throws {
    let scratch = try Scratch()
    var listener = TrainingListener()
    // The second sweep is the best.
    listener.validation = { model in -abs(Double(model.queries.row(1)[0])) }
    let undisturbed = training()
    let epochs = try undisturbed.train(listener)
    for stop in 1..<6 {
      let state = try training().stateWhenKilled(at: stop, scratch.file("\(stop).tandem"), listener)
      let second = training()
      try second.resume(from: state)
      #expect(try second.train(listener) == epochs)
      #expect(second.result.queries.values == undisturbed.result.queries.values)
      #expect(second.result.candidates.values == undisturbed.result.candidates.values)
    }
  }

  @Test("stops when validation does not improve, and keeps the best sweep")
  func stopping() throws {
    let training = training(epochs: 9, patience: 2)
    let values = [0.1, 0.4, 0.3, 0.4, 0.9]
    var seen: [[Float]] = []
    var listener = TrainingListener()
    listener.validation = { model in
      seen.append(model.candidates.values)
      return values[seen.count - 1]
    }
    #expect(try training.train(listener).map(\.validation) == [0.1, 0.4, 0.3, 0.4])
    #expect(training.result.candidates.values == seen[1])
  }

  @Test("starts warm over a larger vocabulary with the half of a sweep that would have followed")
  func warmStart() throws {
    let scratch = try Scratch()
    let earlier = training(epochs: 2)
    _ = try earlier.train()
    try earlier.publish(to: scratch.file("state.tandem"), lineage: .none)
    let later = training(epochs: 1, queries: 34)
    let state = try ArtifactFile(path: scratch.file("state.tandem"), type: TrainingState.type)
    #expect(try later.warmStart(from: state) == WarmStart(queries: (29, 33), candidates: (39, 39)))
    _ = try later.advance()
    _ = try earlier.advance()
    for row in 0..<30 { #expect(later.current.queries.row(row) == earlier.current.queries.row(row)) }
    #expect(later.current.candidates.values == earlier.current.candidates.values)
    var settings = ImplicitALS.Settings()
    settings.length.epochs = 1
    let few = ImplicitALS(
      later.current, queries: ([1, 2] as [Int32]).rows, candidates: ([3, 4] as [Int32]).rows, weights: nil,
      settings: settings)
    _ = try few.warmStart(from: state)
    _ = try few.train()
    #expect(few.current.candidates.row(5) == [0, 0, 0, 0, 0], "not chosen in these pairs")
    #expect(few.current.candidates.row(3) != [0, 0, 0, 0, 0])
  }

  @Test("folds in a known query's history to that query's vector, bit for bit")
  func foldIn() throws {
    let training = training(dimension: 17, epochs: 2)
    _ = try training.train()
    let all = pairs(weighted: false)
    let known = zip(all.queries.rows, all.candidates.rows).filter { $0.isKnown && $1.isKnown }
    // The model as it is published: of the candidates that have pairs.
    let trained = try TrainedRows(
      TrainingPairs(queries: known.map(\.0), candidates: known.map(\.1)), queryRows: 30, candidateRows: 40)
    let folding = FoldIn(
      training.finished(training.towers.map { $0.tower.with([$0.tower.parameters[0].matrix.copy()]) })
        .keeping(trained))
    let numbers = trained.renumbered.candidates
    // The next half finds the queries that belong to these candidates.
    training.progress.batch = 0
    _ = try training.advance()
    for query in 1..<29 {
      let own = zip(all.queries, all.candidates).filter { $0.0 == Int32(query) && $0.1 > 0 }.map(\.1)
      let history = Set(own.compactMap { numbers[Int($0)].number(CandidateNumber.self) }).sorted()
      guard !history.isEmpty else { continue }
      #expect(folding.vectors(for: [history], threads: 1).row(0) == training.current.queries.row(query))
    }
  }

  @Test("names the row that cannot be solved in single precision, and the remedy")
  func singular() {
    let training = training(ImplicitALSObjective(unobservedWeight: 1e30, regularization: 1e10, exponent: 1))
    let error = #expect(throws: TwoTowerError.self) { _ = try training.train() }
    #expect(
      error?.description
        == "the equations of query row 1 have no solution in single precision; raise the regularization")
  }

  @Test("is initialised with normal numbers of deviation 0.1 / √dimension")
  func initialisation() {
    var cases = Cases(1)
    let vocabularies = cases.model(queries: 400, candidates: 300, dimension: 1).vocabularies
    let model = Model(initialising: vocabularies, dimension: 25, seed: 5, from: .normal)
    let values = model.queries.values.map(Double.init)
    let mean = values.reduce(0, +) / 10_000
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 10_000
    #expect(abs(mean) < 0.001 && abs(variance.squareRoot() - 0.02) < 0.0005)
    // A normal variable is within one deviation 68.3 % of the time, beyond two 4.6 %.
    #expect(abs(Double(values.count { abs($0) < 0.02 }) / 10_000 - 0.683) < 0.015)
    #expect(abs(Double(values.count { abs($0) > 0.04 }) / 10_000 - 0.0455) < 0.007)
  }
}
