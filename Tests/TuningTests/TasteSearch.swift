import CanonicalJSON
import Evaluation
import Interactions
import RandomNumbers
import Tables
import Testing
import TwoTower

@testable import Tuning

/// A small search: four tastes of ten candidates each, and queries that choose from one.
struct TasteSearch {
  let vocabularies: Vocabularies
  let pairs: TrainingPairs
  let lineage: JSON = ["stage": "tune"]
  let trials = TrialParams.draws(4, [.ials, .softmax], seed: 42)

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

  /// The outcome of one process that nothing disturbs.
  static let whole = Result { try TasteSearch().run() }

  func data() throws -> TuningData {
    let metric = try #require(MetricAtK("recall@5"))
    return try TuningData(pairs, held: nil, vocabularies, metric: metric, seed: 42)
  }

  func journal(in folder: String?, lineage: JSON? = nil) -> TrialJournal {
    TrialJournal(in: folder, lineage: lineage ?? self.lineage)
  }

  func run(
    minutes: Double? = nil, triesEnsembles: Bool = true, threads: Int = 2, folder: String? = nil,
    from start: Double = 0, note: @escaping (String) -> Void = { _ in }
  ) throws -> SearchOutcome {
    try Search(
      data(), trials, seed: 42, minutes: minutes, triesEnsembles: triesEnsembles, threads: threads,
      note: note, bar: { _, _ in }
    ).run(journal(in: folder), from: start)
  }

  /// The result of a trial of the first round.
  func result(of trial: Int, rung: Rung) throws -> TrialResult {
    let fold = try data().fold(0, share: rung.share, threads: 1)
    let checkpoints = rung.checkpoints(trials[trial].family.family.checkpoints)
    return try Trial(trials[trial], checkpoints: checkpoints, seed: 42).run(on: fold, data(), threads: 1) { _ in }
  }
}
