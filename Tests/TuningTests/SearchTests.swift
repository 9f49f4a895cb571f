import Artifacts
import CanonicalJSON
import Evaluation
import Interactions
import SystemFiles
import Tables
import TestKit
import Testing
import TwoTower

@testable import Tuning

@Suite("A search for a recipe")
struct SearchTests {
  private let tastes = TasteSearch()

  private func search(
    minutes: Double? = nil, triesEnsembles: Bool = true, threads: Int = 2, folder: String? = nil,
    note: @escaping (String) -> Void = { _ in }
  ) throws -> SearchOutcome {
    try tastes.run(minutes: minutes, triesEnsembles: triesEnsembles, threads: threads, folder: folder, note: note)
  }

  @Test("finds a model of the tastes, and reports its trials")
  func finds() throws {
    let outcome = try TasteSearch.whole.get()
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
    let outcome = try TasteSearch.whole.get()
    let ensemble = try #require(outcome.ensemble)
    #expect(ensemble.members.map(\.trial).first == outcome.trials[0].params)
    #expect(Set(ensemble.members.map(\.trial.family)) == [.ials, .softmax])
    #expect(ensemble.combinations.map(\.weights) == [[1, 0.5], [1, 1]])
    #expect(ensemble.combinations.allSatisfy { $0.estimate.value > 0.5 })
    #expect((ensemble.recipe != nil) == (ensemble.best.lead.value > 0))
    let text = outcome.summary.lines.joined(separator: "\n")
    #expect(text.contains("ensemble: ") && text.contains("+ 0.5 "))
    #expect(try search(triesEnsembles: false).ensemble == nil)
  }

  @Test("takes the combinations that a killed search had judged, without judging them again")
  func combinations() throws {
    let scratch = try Scratch()
    let whole = try #require(try TasteSearch.whole.get().ensemble)
    let journal = tastes.journal(in: scratch.path)
    let marked = whole.combinations.map {
      Combination(weights: $0.weights, estimate: Estimate(value: 0.25, standardError: 1), lead: $0.lead)
    }
    for fold in 0..<whole.folds { try journal.add(marked, of: .combinations(part: fold)) }
    let resumed = try #require(try search(folder: scratch.path).ensemble)
    #expect(resumed.combinations.allSatisfy { $0.estimate.value == 0.25 })
    // The best is judged once more, in the dimension of the recipe.
    #expect(resumed.best.estimate.value > 0.5)
  }

  @Test("weighs the first member by 1, and others by no more")
  func weights() {
    #expect(Combination.weights(members: 1).isEmpty)
    #expect(Combination.weights(members: 2) == [[1, 0.5], [1, 1]])
    #expect(Combination.weights(members: 3).count == 8)
    #expect(Combination.weights(members: 3).allSatisfy { $0[0] == 1 && $0.dropFirst().contains { $0 > 0 } })
  }

  @Test("continues after being killed, with the same outcome, and leaves nothing that is removed with its journal")
  func resumes() throws {
    let scratch = try Scratch()
    let whole = try TasteSearch.whole.get()
    let journal = tastes.journal(in: scratch.path)
    for trial in 0..<2 {
      try journal.add(
        tastes.result(of: trial, rung: whole.rungs[0]), of: .trial(trial, round: 0, part: 0))
    }
    nonisolated(unsafe) var lines: [String] = []
    let resumed = try search(folder: scratch.path) { lines.append($0) }
    #expect(lines.first == "goes on after 2 results that are there already")
    #expect(resumed.trialsJSON == whole.trialsJSON && resumed.params == whole.params)
    // It is told of those alone that it ran.
    #expect(lines.count { $0.hasPrefix("trial ") } == whole.rungs.reduce(0) { $0 + $1.trials } - 2, "\(lines)")
    journal.remove()
    #expect(try Files.list(scratch.path).isEmpty)
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
    let data = try tastes.data()
    let whole = try data.fold(0, share: 1, threads: 1)
    #expect(whole.pairs.count == tastes.pairs.count - data.heldCount)
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
      _ = try TuningData(few, held: nil, tastes.vocabularies, metric: metric, seed: 42)
    }
  }
}
