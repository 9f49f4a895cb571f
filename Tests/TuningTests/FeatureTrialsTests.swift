import Artifacts
import CanonicalJSON
import Evaluation
import Features
import Interactions
import LinearAlgebra
import RandomNumbers
import SystemFiles
import Tables
import TestKit
import Testing
import TwoTower

@testable import Tuning

@Suite("Trials with features")
struct FeatureTrialsTests {
  @Test("stand beside each softmax trial by ids alone, with its own params", arguments: TowerSide.allCases)
  func beside(side: TowerSide) {
    let alone = TrialParams.draws(9, FamilyName.allCases, seed: 42)
    let all = TrialParams.draws(9, FamilyName.allCases, features: [side], seed: 42)
    #expect(all.filter { $0.sidesWithFeatures.isEmpty } == alone)
    #expect(all.count == 9 + alone.count { $0.family == .softmax })
    for (trial, before) in zip(all.dropFirst(), all) where !trial.sidesWithFeatures.isEmpty {
      #expect(trial.family == .softmax && trial.sidesWithFeatures == [side])
      var rest = trial.params
      #expect(rest.removeValue(forKey: "\(side.rawValue)-tower") == "sum")
      #expect(rest == before.params)
      #expect(trial.description.contains("\(side.rawValue)-tower sum, "), "\(trial.description)")
    }
  }

  @Test("of both sides try either and both first, and then one of the three in turn")
  func choices() throws {
    let trials = TrialParams.draws(4, [.softmax], features: [.query, .candidate], seed: 42)
    let sides = trials.map(\.sidesWithFeatures)
    #expect(
      sides == [
        [], [.query], [.candidate], [.query, .candidate], [], [.candidate], [], [.query, .candidate], [], [.query],
      ])
    _ = try Trial(trials[3], checkpoints: [1], seed: 1)
    #expect(trials[3].name == "softmax with features of the queries and the candidates")
  }

  @Test("are none where nothing has features, and none of other families")
  func none() {
    #expect(TrialParams.draws(6, [.softmax], features: [], seed: 1).count == 6)
    let others: [FamilyName] = [.ials, .linearAutoencoder, .graphFilter]
    #expect(TrialParams.draws(6, others, features: TowerSide.allCases, seed: 1).count == 6)
  }
}

@Suite("A search where candidates have features")
struct FeatureSearchTests {
  private static let tastes = 8
  private let vocabularies: Vocabularies
  private let pairs: TrainingPairs
  private let held: [Pair]

  /// Tastes of 40 candidates each, of which a query has chosen four: too few for ids to say what belongs together.
  init() {
    var random = RandomGenerator(seed: 1, stream: "tastes")
    let chosen = (0..<64).flatMap { query in
      random.permutation(40).prefix(5).map { (query, query % Self.tastes * 40 + $0) }
    }
    func rows(_ some: [(Int, Int)]) -> [Pair] {
      some.map { Pair(query: QueryNumber($0.0).row, candidate: CandidateNumber($0.1).row) }
    }
    func names(_ prefix: String, _ count: Int) -> TextColumn { TextColumn((0..<count).map { "\(prefix)\(1000 + $0)" }) }
    vocabularies = Vocabularies(
      query: Vocabulary(column: "who", interactions: names("q", 64)),
      candidate: Vocabulary(column: "what", interactions: names("c", 40 * Self.tastes)))
    let learnt = rows(chosen.enumerated().filter { $0.offset % 5 > 0 }.map(\.element))
    pairs = TrainingPairs(queries: learnt.map(\.query), candidates: learnt.map(\.candidate))
    held = rows(chosen.enumerated().filter { $0.offset % 5 == 0 }.map(\.element))
  }

  /// - Parameter taste: of a candidate, as its feature says.
  private func search(taste: (Int) -> Int, threads: Int = 2) throws -> SearchOutcome {
    let candidates = vocabularies.candidate.values
    let table = Table(
      "catalog", rows: candidates.count,
      columns: [Column("taste", text: (0..<candidates.count).map { "taste \(taste($0))" })])
    let things = DescribedThings(
      table, name: "the catalog", numbers: (0..<Int32(candidates.count)).map { $0 }, count: candidates.count)
    let features = try FeatureSet(["taste"], of: things)
    let encoded = EncodedVocabulary(features, matrix: try EncodedFeatures(features, of: things).matrix)
    let metric = try #require(MetricAtK("recall@20"))
    let data = try TuningData(
      pairs, held: held, vocabularies, encoded: [.candidate: encoded], metric: metric, seed: 42)
    let trials = TrialParams.draws(1, [.softmax], features: data.sidesWithFeatures, seed: 42)
    return try Search(
      data, trials, seed: 42, minutes: nil, triesEnsembles: false, threads: threads, note: { _ in }, bar: { _, _ in }
    ).run(TrialJournal(in: nil, lineage: ["stage": "tune"]))
  }

  @Test("takes towers that read them where these tell what belongs together, and reports both")
  func taken() throws {
    let outcome = try search { $0 / 40 }
    #expect(outcome.params["candidate-tower"] == "sum")
    let (best, second) = (try #require(outcome.trials[0].best), try #require(outcome.trials[1].best))
    #expect(best.estimate.value > second.estimate.value + 0.05)
    let text = outcome.summary.lines.joined(separator: "\n")
    #expect(text.contains("features: read by the recipe; the best softmax with candidate-tower sum "), "\(text)")
    #expect(text.contains(", by ids alone 0.") && text.contains("candidate-tower sum, dimension 128"), "\(text)")
    #expect(try search(taste: { $0 / 40 }, threads: 1).trialsJSON == outcome.trialsJSON)
  }

  @Test("reports whether the recipe reads features, and the best trials with and without them")
  func reports() throws {
    let trials = [["candidate-tower": "sum"], [:]].map { tower in
      TrialParams(family: .softmax, params: SoftmaxFamily().start.merging(tower) { $1 })
    }
    func fact(_ values: [Double]) throws -> Summary.Item? {
      let judged = zip(trials, values).map { trial, value in
        var outcome = TrialOutcome(params: trial)
        let estimate = Estimate(value: value, standardError: 0.01)
        outcome.take(TrialResult([TrialResult.Checkpoint(epochs: 10, estimate: estimate)]), round: 1)
        return outcome
      }.sorted { $0.isBetter(than: $1) }
      return SearchOutcome(
        metric: try #require(MetricAtK("recall@20")), rungs: [], trials: judged, best: try #require(judged[0].best),
        ensemble: nil, seed: 1, isStopped: false
      ).featuresFact
    }
    func text(_ verdict: String, _ with: String, _ without: String) -> Summary.Item {
      .fact(
        "features",
        "\(verdict) by the recipe; the best softmax with candidate-tower sum \(with) in round 2, by ids alone "
          + "\(without) in round 2")
    }
    #expect(try fact([0.2, 0.25]) == text("not read", "0.2000", "0.2500"))
    #expect(try fact([0.3, 0.25]) == text("read", "0.3000", "0.2500"))
  }
}
