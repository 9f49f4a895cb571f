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
    let bases = data.bases
    let slices = try data.slices(bases, fields: slices, users: users, catalog: catalog)
    let features = try candidateFeatures(model: data.model, other: data.other, context)
    let plan = plan(EvaluationSizes(data), features)
    for note in try plan.notes(available: availableMemory()) { context.note(note) }
    let judge = Judge(
      data.judged, counts: data.counts, ks: ks, ties: ties, newOnly: candidates == .new, pairSlices: slices.pairs,
      threads: context.threads)
    let blocks = try context.blocks(of: data.judged.count) { queries in
      let judge = judge.part(queries)
      var lists: (exact: AnsweredLists, index: AnsweredLists)?
      var block = try judged(plan, hasOther: data.other != nil, context) {
        let answers = data.answers(to: judge.judged, threads: context.threads)
        let (part, ofIndex) = judge.judgePart(answers, through: index)
        lists = ofIndex
        return part
      } other: {
        data.otherAnswers(to: judge.judged, threads: context.threads).map { judge.judgePart($0.scores) }
      } scorer: {
        try $0.scorer(data, features: features, seed: seed, threads: context.threads)
      } judge: {
        judge.judgePart($0)
      }
      block.lists = lists
      return block
    }
    guard let blocks else { return }
    let assessment = Assessment(
      entries(blocks) { judge.judgement(joining: $0) }, slices: slices.queries, resamples: bootstrap, seed: seed,
      threads: context.threads)
    let ratings = try RatingAssessment(data, resamples: bootstrap, seed: seed, threads: context.threads)
    let losses = TestLoss(model: data.model, batchSize: lossBatchSize, seed: seed).metrics(
      data.test, contexts: data.testContexts, threads: context.threads)
    var metrics = Metrics(
      rows: losses + assessment.metrics + (ratings?.metrics ?? []), comparisons: assessment.comparisons,
      index: judge.indexMetrics(blocks, resamples: bootstrap, seed: seed),
      facts: data.facts(bases) + (index.map { [$0.fact] } ?? []) + plan.facts, ratings: ratings?.items ?? [])
    try judgeAndPublish(&metrics, context)
  }
}
