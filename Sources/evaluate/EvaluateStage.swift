import ArgumentParser
import Artifacts
import CandidateIndex
import DisplayText
import Evaluation
import Interactions
import StageKit
import SystemFiles
import TwoTower

extension TieRule: ChoiceParam {}
extension BaselineChoice: ChoiceParam {}

enum CompetingCandidates: String, ChoiceParam { case all, new }

enum JudgingProtocol: String, ChoiceParam {
  case heldOut = "held-out"
  case next
}

@main
struct EvaluateStage: Stage {
  static let name = "evaluate"
  static let version = 7
  static let summary = "Measure a model on held-out pairs against all candidates, beside baselines."
  static let inputs = [
    Port("model", Model.type), Port("train", Interactions.type), Port("test", Interactions.type),
    Port("catalog", Catalog.candidates, optional: true), Port("users", Catalog.users, optional: true),
    Port("history", Interactions.type, optional: true), Port("other", Model.type, optional: true),
    Port("index", IndexFile.type, optional: true),
  ]
  static let outputs = [Port("metrics", Metrics.type), Port("verdict", Verdict.type, optional: true)]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @Option(
    help: ArgumentHelp(
      "held-out: all test pairs by what train knows; next: each test event by what its user chose before it.",
      valueName: "name"))
  var `protocol` = JudgingProtocol.heldOut

  @Option(help: ArgumentHelp("Lengths of the lists; repeat for several.", valueName: "number"))
  var ks = [1, 5, 10, 50, 100]

  @Option(help: ArgumentHelp("Rule by which hit_rate ranks equal scores; TFRS is optimistic.", valueName: "rule"))
  var ties = TieRule.optimistic

  @Option(
    help: ArgumentHelp(
      "Baselines to compare the model with; repeat for several. auto: those that cost little beside ranking the model.",
      valueName: "name"))
  var baselines = [BaselineChoice.auto]

  @Option(
    help: ArgumentHelp(
      "Fields of the test interactions, the users or the catalog to slice by; repeat for several.", valueName: "field"))
  var slices: [String] = []

  @Option(
    help: ArgumentHelp(
      "Candidates that compete: all, or those that train has no pair of; new judges the test pairs of these alone.",
      valueName: "which"))
  var candidates = CompetingCandidates.all

  @Option(help: ArgumentHelp("Resamples for intervals and tests, 0 for none.", valueName: "number"))
  var bootstrap = 1000

  @OptionGroup(title: "Gate")
  var gate: GateOptions

  @Option(help: ArgumentHelp("Pairs in a batch of the test loss.", valueName: "pairs"))
  var lossBatchSize = 4096

  @Option(
    help: ArgumentHelp("Random seed of resamples, the random baseline and the test loss.", valueName: "number"))
  var seed: UInt64 = 42

  func validate() throws {
    guard !ks.isEmpty, ks.allSatisfy({ $0 > 0 }), Set(ks).count == ks.count else {
      throw ValidationError("--ks is \(ks); give different numbers of at least 1")
    }
    guard Set(baselines).count == baselines.count else { throw ValidationError("--baselines has one twice") }
    guard Set(slices).count == slices.count else { throw ValidationError("--slices has one twice") }
    guard bootstrap == 0 || 40...1_000_000 ~= bootstrap else {
      throw ValidationError("--bootstrap is \(bootstrap); give 0 for none, or 40 to 1000000")
    }
    guard lossBatchSize > 0 else { throw ValidationError("--loss-batch-size is \(lossBatchSize); give at least 1") }
    _ = try gate.gate(ks: ks, ties: ties)
    guard `protocol` == .heldOut || candidates == .all else {
      throw ValidationError("--candidates=new goes with --protocol=held-out; leave one of them out")
    }
  }

  func run(in context: StageContext) throws {
    if bootstrap == 0, context.optionalOutput("verdict") != nil {
      throw ValidationError("a verdict rests on intervals, and --bootstrap is 0; give 40 or more, 1000 if in doubt")
    }
    if `protocol` == .next { return try runNext(in: context) }
    let model = try context.input("model")
    if candidates == .new, try context.optionalInput("index") != nil {
      throw ValidationError(
        "--candidates=new judges a part of the candidates, and an index answers with all; leave out "
          + "the input \"index\"")
    }
    let judgedModel = try Model(model)
    let train = try Interactions(context.input("train"))
    var test = try Interactions(context.input("test"))
    if candidates == .new {
      test = try test.withCandidates(notIn: train, column: judgedModel.vocabularies.candidate.column)
    }
    let users = try context.optionalInput("users").map { try Catalog($0) }
    let data = try EvaluationData(
      model: judgedModel, other: context.optionalInput("other").map { try Model($0) }, train: train, test: test,
      history: context.optionalInput("history").map { try Interactions($0) }, users: users)
    let index = try context.optionalInput("index").map { try IndexAnswers($0, of: data.model, digest: model.digest) }
    let catalog = try context.optionalInput("catalog").map { try Catalog($0) }
    if let warning = try catalog.flatMap({ try data.model.vocabularies.unlearnt(in: $0) }) { context.note(warning) }
    let answers = data.answers(threads: context.threads)
    let slices = try data.slices(answers.bases, fields: slices, users: users, catalog: catalog)
    let plan = BaselinePlan(baselines, gate: Baseline(rawValue: gate.gateBeat), sizes: EvaluationSizes(data))
    for note in try plan.notes(available: availableMemory()) { context.note(note) }
    let judge = Judge(
      data.judged, counts: data.counts, ks: ks, ties: ties, newOnly: candidates == .new, pairSlices: slices.pairs,
      threads: context.threads)
    var progress = JudgingProgress(parts: 2 + (data.other == nil ? 0 : 1) + plan.chosen.count, say: context.note)
    let (judgement, indexMetrics) = judge.judge(answers, through: index, resamples: bootstrap, seed: seed)
    var entries = [Assessment.Entry("two-tower", judgement)]
    progress.finished("two-tower")
    if let other = data.otherAnswers(threads: context.threads) {
      entries.append(Assessment.Entry("other", judge.judge(other.scores)))
      progress.finished("other")
    }
    for baseline in plan.chosen {
      defer { progress.finished(baseline.rawValue) }
      guard let scorer = try scorer(baseline, data, context) else { continue }
      entries.append(Assessment.Entry(baseline.rawValue, judge.judge(scorer)))
    }
    let assessment = Assessment(
      entries, slices: slices.queries, resamples: bootstrap, seed: seed, threads: context.threads)
    var metrics = Metrics(
      rows: TestLoss(model: data.model, batchSize: lossBatchSize, seed: seed).metrics(
        data.test, threads: context.threads) + assessment.metrics, comparisons: assessment.comparisons,
      index: indexMetrics, facts: data.facts(answers.bases) + (index.map { [$0.fact] } ?? []) + plan.facts)
    try judgeAndPublish(&metrics, context)
  }

  /// Publishes the metrics, with the verdict that follows from them.
  func judgeAndPublish(_ metrics: inout Metrics, _ context: StageContext) throws {
    // A verdict compares intervals.
    let verdict =
      bootstrap == 0
      ? nil
      : Verdict(
        try gate.gate(ks: ks, ties: ties), metrics, of: "two-tower",
        subject: Verdict.Subject(try context.input("model"), test: try context.input("test")))
    metrics.verdict = verdict?.statement
    try publish(metrics, verdict, context)
  }

  /// Fits a baseline; logs the reason and returns `nil` if these data do not allow it.
  private func scorer(
    _ baseline: Baseline, _ data: EvaluationData, _ context: StageContext
  ) throws -> (any HistoryScores)? {
    try scorer(baseline, context) { try baseline.scorer(data, seed: seed, threads: context.threads) }
  }

  func scorer(
    _ baseline: Baseline, _ context: StageContext, _ fit: () throws -> any HistoryScores
  ) throws -> (any HistoryScores)? {
    do { return try fit() } catch {
      context.note("no \(baseline.rawValue): \(error)")
      return nil
    }
  }

  private func publish(_ metrics: Metrics, _ verdict: Verdict?, _ context: StageContext) throws {
    if let path = context.optionalOutput("verdict") {
      guard let verdict else {
        throw ValidationError(
          "a verdict is asked for, and \(gate.gateBeat) is not measured; "
            + "give it with --baselines or the input \"other\""
        )
      }
      try verdict.publish(to: path, lineage: context.lineage())
    }
    try metrics.publish(to: context.output("metrics"), lineage: context.lineage())
    let k = ks.max() ?? 1
    let values = metrics.rows.filter {
      $0.slice == "all" && $0.name == "hit_rate" && $0.k == k && $0.seenProtocol == SeenProtocol.excluded.rawValue
    }
    context.note(
      "hit_rate@\(k), seen excluded: \(values.map { "\($0.model) \(decimals($0.value, 4))" }.joined(separator: ", "))")
  }
}
