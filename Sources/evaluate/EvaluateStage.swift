import ArgumentParser
import Artifacts
import Evaluation
import Interactions
import Kernels
import StageKit
import TwoTower

extension TieRule: ChoiceParam {}

@main
struct EvaluateStage: Stage {
  static let name = "evaluate"
  static let version = 1
  static let summary = "Measure a model on held-out pairs against all candidates, beside popularity."
  static let inputs = [
    Port("model", Model.type), Port("train", Interactions.type), Port("test", Interactions.type),
    Port("catalog", Catalog.candidates, optional: true),
  ]
  static let outputs = [Port("metrics", Metrics.type)]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @Option(help: ArgumentHelp("Lengths of the lists; repeat for several.", valueName: "number"))
  var ks = [1, 5, 10, 50, 100]

  @Option(help: ArgumentHelp("How hit_rate ranks equal scores; TFRS is optimistic.", valueName: "rule"))
  var ties = TieRule.optimistic

  @Option(help: ArgumentHelp("Pairs in a batch of the test loss.", valueName: "pairs"))
  var lossBatchSize = 4096

  @Option(help: ArgumentHelp("What the batches of the test loss are drawn from.", valueName: "number"))
  var seed: UInt64 = 42

  func validate() throws {
    guard !ks.isEmpty, ks.allSatisfy({ $0 > 0 }), Set(ks).count == ks.count else {
      throw ValidationError("--ks is \(ks); give different numbers of at least 1")
    }
    guard lossBatchSize > 0 else { throw ValidationError("--loss-batch-size is \(lossBatchSize); give at least 1") }
  }

  func run(in context: StageContext) throws {
    let model = try Model(context.input("model"))
    if let catalog = try context.optionalInput("catalog") { try model.requireCandidates(of: Catalog(catalog)) }
    var queries = Numbering(model.vocabularies.query)
    var candidates = Numbering(model.vocabularies.candidate)
    let candidateRows = candidates.rows(of: model.vocabularies.candidate)
    func pairs(_ interactions: Interactions) throws -> NumberedPairs {
      NumberedPairs(
        queries: queries.numbers(of: try interactions.text(model.vocabularies.query.column)),
        candidates: candidates.numbers(of: try interactions.text(model.vocabularies.candidate.column)))
    }
    let train = try pairs(Interactions(context.input("train")))
    let test = try pairs(Interactions(context.input("test")))
    guard !test.queries.isEmpty else { throw DataError.noRows("test") }
    let judged = JudgedQueries(
      test: test, train: train, queryCount: queries.count, candidateCount: candidates.known)
    let judge = Judge(
      judged, counts: candidateCounts(train.candidates, candidateCount: candidates.known), ks: ks, ties: ties,
      threads: context.threads)
    let answers = ModelAnswers(
      model, judged, queryRows: queries.rows(of: model.vocabularies.query), candidateRows: candidateRows,
      threads: context.threads)
    let popularity = PopularityScores(trainCandidates: train.candidates, candidateCount: candidates.known)
    let metrics = Metrics(
      rows: judge.judge(answers.scores).metrics("two-tower")
        + testLoss(of: model, test, threads: context.threads)
        + judge.judge(HistoryLines(popularity, for: judged)).metrics("popularity"))
    try metrics.publish(to: context.output("metrics"), lineage: context.lineage())
    let k = ks.max() ?? 1
    let values = ["two-tower", "popularity"].map { model in
      "\(model) \(decimals(metrics.value(model, "seen-excluded", "hit_rate", k) ?? 0, 4))"
    }
    context.note("hit_rate@\(k), seen excluded: \(values.joined(separator: ", "))")
  }

  /// Row 0 for what the model does not know.
  private func row(_ number: Int32, of table: Matrix) -> Int32 { Int(number) < table.rows - 1 ? number + 1 : 0 }

  /// The training objective on shuffled test pairs: a mean over batches, and nats for each pair.
  private func testLoss(
    of model: Model, _ test: NumberedPairs, threads: Int
  ) -> [Metric] {
    var random = RandomGenerator(seed: seed, stream: "test loss")
    let order = random.permutation(test.queries.count)
    let losses = stride(from: 0, to: order.count, by: lossBatchSize).map { start in
      let rows = order[start..<min(start + lossBatchSize, order.count)]
      let batch = Batch(
        queries: rows.map { row(test.queries[$0], of: model.queries) },
        candidates: rows.map { row(test.candidates[$0], of: model.candidates) })
      return inBatchLoss(batch, model: model, threads: threads)
    }
    let total = losses.reduce(0, +)
    return [("loss_per_batch", total / Double(losses.count)), ("loss_per_pair", total / Double(order.count))].map {
      Metric(model: "two-tower", seenProtocol: "seen-included", name: $0, k: nil, ties: "none", value: $1)
    }
  }
}
