import Artifacts
import CanonicalJSON
import Evaluation
import Interactions
import RandomNumbers
import SystemFiles
import Tables
import TestKit
import Testing
import TwoTower

@testable import Tuning

@Suite("A search for a recipe")
struct SearchTests {
  private let vocabularies: Vocabularies
  private let pairs: TrainingPairs
  private let lineage: JSON = ["stage": "tune"]

  /// Four tastes of ten candidates each, and queries that choose from one.
  init() {
    var random = RandomGenerator(seed: 1, stream: "tastes")
    let chosen = (0..<60).flatMap { query in
      random.permutation(10).prefix(5).map { (query, query % 4 * 10 + $0) }
    }
    func name(_ prefix: String, _ number: Int) -> String { "\(prefix)\(1000 + number)" }
    vocabularies = Vocabularies(
      query: Vocabulary(column: "who", interactions: TextColumn((0..<60).map { name("q", $0) })),
      candidate: Vocabulary(column: "what", interactions: TextColumn((0..<40).map { name("c", $0) })))
    pairs = TrainingPairs(
      queries: chosen.map { QueryNumber($0.0).row }, candidates: chosen.map { CandidateNumber($0.1).row })
  }

  private let trials = TrialParams.draws(4, [.ials, .softmax], seed: 42)

  private func data(held: [Pair]? = nil) throws -> TuningData {
    let metric = try #require(MetricAtK("recall@5"))
    return try TuningData(pairs, held: held, vocabularies, metric: metric, seed: 42)
  }

  private func search(
    minutes: Double? = nil, triesEnsembles: Bool = true, threads: Int = 2, folder: String? = nil,
    note: @escaping (String) -> Void = { _ in }
  ) throws -> SearchOutcome {
    try Search(
      data(), trials, seed: 42, minutes: minutes, triesEnsembles: triesEnsembles, threads: threads,
      note: note, bar: { _, _ in }
    ).run(folder: folder, lineage: lineage)
  }

  @Test("finds a model of the tastes, and reports its trials")
  func finds() throws {
    let outcome = try search()
    // By chance five of forty candidates find an eighth of what is held out.
    #expect(outcome.best.estimate.value > 0.5)
    #expect(outcome.trials.count == 4 && outcome.trials.allSatisfy { $0.result != nil })
    #expect(outcome.params["epochs"]?.integer == outcome.best.epochs)
    #expect(outcome.params["seed"] == 42)
    let best = outcome.trials.filter { $0.round == outcome.trials[0].round }.compactMap { $0.best?.estimate.value }
    #expect(best == best.sorted(by: >))
    #expect(!outcome.isStopped)
  }

  @Test("finds the same on one thread as on four")
  func threads() throws {
    let (one, four) = (try search(threads: 1), try search(threads: 4))
    #expect(one.trialsJSON == four.trialsJSON && one.ensemble?.json == four.ensemble?.json)
  }

  @Test("puts the best of both families together with several weights, and takes what is ahead of one alone")
  func ensembles() throws {
    let outcome = try search()
    let ensemble = try #require(outcome.ensemble)
    #expect(ensemble.members.map(\.trial).first == outcome.trials[0].params)
    #expect(Set(ensemble.members.map(\.trial.family)) == [.ials, .softmax])
    #expect(ensemble.combinations.map(\.weights) == [[1, 0.25], [1, 0.5]])
    #expect(ensemble.combinations.allSatisfy { $0.estimate.value > 0.5 })
    #expect((ensemble.recipe != nil) == (ensemble.best.lead.value > 0))
    let text = outcome.summary.lines.joined(separator: "\n")
    #expect(text.contains("ensemble: ") && text.contains("+ 0.25 "))
    #expect(try search(triesEnsembles: false).ensemble == nil)
  }

  @Test("takes the combinations that a killed search had judged, without judging them again")
  func combinations() throws {
    let scratch = try Scratch()
    let whole = try #require(try search().ensemble)
    var journal = TrialJournal(folder: scratch.path, lineage: lineage)
    let marked = whole.combinations.map {
      Combination(weights: $0.weights, estimate: Estimate(value: 0.25, standardError: 1), lead: $0.lead)
    }
    for fold in 0..<whole.folds { try journal.add(marked, fold: fold) }
    let resumed = try #require(try search(folder: scratch.path).ensemble)
    #expect(resumed.combinations.allSatisfy { $0.estimate.value == 0.25 })
    // The best is judged once more, in the dimension of the recipe.
    #expect(resumed.best.estimate.value > 0.5)
    #expect(try Files.list(scratch.path).isEmpty)
  }

  @Test("weighs the first member by 1, and others by less")
  func weights() {
    #expect(Combination.weights(members: 1).isEmpty)
    #expect(Combination.weights(members: 2) == [[1, 0.25], [1, 0.5]])
    #expect(Combination.weights(members: 3).count == 8)
    #expect(Combination.weights(members: 3).allSatisfy { $0[0] == 1 && $0.dropFirst().contains { $0 > 0 } })
  }

  @Test("continues after being killed, with the same outcome")
  func resumes() throws {
    let scratch = try Scratch()
    let whole = try search()
    var journal = TrialJournal(folder: scratch.path, lineage: lineage)
    let rungs = whole.rungs
    let fold = try data().fold(0, share: rungs[0].share, threads: 1)
    for trial in 0..<2 {
      let checkpoints = rungs[0].checkpoints(trials[trial].family.family.checkpoints)
      let result = try Trial(trials[trial], checkpoints: checkpoints, seed: 42).run(on: fold, data(), threads: 1) { _ in
      }
      try journal.add(result, ofTrial: trial, round: 0, fold: 0)
    }
    nonisolated(unsafe) var lines: [String] = []
    let resumed = try search(folder: scratch.path) { lines.append($0) }
    #expect(lines.first == "goes on after 2 results of a run that was stopped")
    #expect(resumed.trialsJSON == whole.trialsJSON && resumed.params == whole.params)
    #expect(try Files.list(scratch.path).isEmpty)
  }

  @Test("ignores results of another search")
  func otherSearch() throws {
    let scratch = try Scratch()
    var journal = TrialJournal(folder: scratch.path, lineage: ["stage": "another"])
    try journal.add(TrialResult([], failure: "no"), ofTrial: 0, round: 0, fold: 0)
    #expect(TrialJournal(folder: scratch.path, lineage: lineage).count == 0)
    #expect(TrialJournal(folder: scratch.path, lineage: ["stage": "another"]).count == 1)
  }

  @Test("ends with the best so far when its time is over, and reports it")
  func minutes() throws {
    let outcome = try search(minutes: 1e-9)
    #expect(outcome.isStopped)
    #expect(outcome.trials.count { $0.result != nil } == 1)
    #expect(outcome.params["objective"] != nil)
  }

  @Test("holds out a tenth that no trial trains on; a smaller sample is a subset of a larger one")
  func folds() throws {
    let data = try data()
    let whole = try data.fold(0, share: 1, threads: 1)
    #expect(whole.pairs.count == pairs.count - data.heldCount)
    #expect(try data.fold(1, share: 1, threads: 1).pairs.queries != whole.pairs.queries)
    let (half, quarter) = (
      Set(try data.fold(0, share: 0.5, threads: 1).pairs.queries),
      Set(try data.fold(0, share: 0.25, threads: 1).pairs.queries)
    )
    #expect(half.count <= 30 && quarter.count <= 15 && quarter.isSubset(of: half))
  }

  @Test("refuses data too small to hold anything out")
  func tooFew() {
    let few = TrainingPairs(
      queries: [EmbeddingRow(index: 1)], candidates: [EmbeddingRow(index: 1)])
    #expect(throws: TuningError.tooFewPairs(found: 1, needed: 20)) {
      let metric = try #require(MetricAtK("recall@5"))
      _ = try TuningData(few, held: nil, vocabularies, metric: metric, seed: 42)
    }
  }
}
