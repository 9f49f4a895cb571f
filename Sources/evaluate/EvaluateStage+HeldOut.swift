import ArgumentParser
import Artifacts
import Evaluation
import Interactions
import StageKit
import SystemFiles
import TwoTower

extension EvaluateStage {
  /// Judges the model by all test pairs.
  func runHeldOut(in context: StageContext) throws {
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
    var indexMetrics: [IndexMetric] = []
    let entries = try entries(plan, hasOther: data.other != nil, context) {
      let (judgement, ofIndex) = judge.judge(answers, through: index, resamples: bootstrap, seed: seed)
      indexMetrics = ofIndex
      return judgement
    } other: {
      data.otherAnswers(threads: context.threads).map { judge.judge($0.scores) }
    } scorer: {
      try $0.scorer(data, seed: seed, threads: context.threads)
    } judge: {
      judge.judge($0)
    }
    let assessment = Assessment(
      entries, slices: slices.queries, resamples: bootstrap, seed: seed, threads: context.threads)
    var metrics = Metrics(
      rows: TestLoss(model: data.model, batchSize: lossBatchSize, seed: seed).metrics(
        data.test, contexts: data.testContexts, threads: context.threads) + assessment.metrics,
      comparisons: assessment.comparisons,
      index: indexMetrics, facts: data.facts(answers.bases) + (index.map { [$0.fact] } ?? []) + plan.facts)
    try judgeAndPublish(&metrics, context)
  }
}
