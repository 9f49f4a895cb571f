import Artifacts
import Evaluation
import Interactions
import StageKit
import SystemFiles
import TwoTower

extension EvaluateStage {
  /// Judges each test event of a user by what the user chose before it.
  func runNext(in context: StageContext) throws {
    let test = try Interactions(context.input("test"))
    let users = try context.optionalInput("users").map { try Catalog($0) }
    let events = try EventSequences(
      model: Model(context.input("model")), other: context.optionalInput("other").map { try Model($0) },
      train: Interactions(context.input("train")), test: test,
      history: context.optionalInput("history").map { try Interactions($0) }, users: users)
    let catalog = try context.optionalInput("catalog").map { try Catalog($0) }
    if let warning = try catalog.flatMap({ try events.model.vocabularies.unlearnt(in: $0) }) { context.note(warning) }
    if events.model.rating != nil {
      context.note("predicted ratings are judged with --protocol=held-out alone")
    }
    let slices = try events.slices(
      fields: slices, users: users, catalog: catalog, test: test)
    let features = try candidateFeatures(model: events.model, other: events.other, context)
    let plan = plan(events.sizes, features)
    for note in try plan.notes(available: availableMemory()) { context.note(note) }
    let judge = NextJudge(events, ks: ks, ties: ties, slices: slices, threads: context.threads)
    let blocks = try context.blocks(of: events.userCount) { users in
      let judge = judge.part(users)
      return try judged(plan, hasOther: events.other != nil, context) {
        try judge.judgeModel()
      } other: {
        try judge.judgeOther()
      } scorer: {
        try $0.scorer(events, features: features, seed: seed, threads: context.threads)
      } judge: {
        judge.judge($0)
      }
    }
    guard let blocks else { return }
    let assessment = Assessment(
      entries(blocks) { judge.judgement(joining: $0) }, slices: judge.userSlices, resamples: bootstrap, seed: seed,
      threads: context.threads)
    var metrics = Metrics(
      rows: assessment.metrics, comparisons: assessment.comparisons, facts: events.facts + plan.facts)
    try judgeAndPublish(&metrics, context)
  }
}
