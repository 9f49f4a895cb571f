import ArgumentParser
import Artifacts
import Evaluation
import StageKit

extension EvaluateStage {
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

  /// Judges the model, the other model if there is one, and each baseline of a plan that these data allow.
  ///
  /// - Parameter scorer: fits a baseline.
  func judged(
    _ plan: BaselinePlan, hasOther: Bool, _ context: StageContext, model: () throws -> JudgedPart,
    other: () throws -> JudgedPart?, scorer: (Baseline) throws -> any HistoryScores,
    judge: (any HistoryScores) -> JudgedPart
  ) throws -> JudgedBlock {
    var progress = JudgingProgress(parts: 2 + (hasOther ? 1 : 0) + plan.chosen.count, say: context.note)
    var block = JudgedBlock()
    block.models.append(("two-tower", try model()))
    progress.finished("two-tower")
    if let other = try other() {
      block.models.append(("other", other))
      progress.finished("other")
    }
    for baseline in plan.chosen {
      defer { progress.finished(baseline.rawValue) }
      if let scorer = self.scorer(baseline, context, { try scorer(baseline) }) {
        block.models.append((baseline.rawValue, judge(scorer)))
      }
    }
    return block
  }

  /// Fits a baseline; logs the reason and returns `nil` if these data do not allow it.
  private func scorer(
    _ baseline: Baseline, _ context: StageContext, _ fit: () throws -> any HistoryScores
  ) -> (any HistoryScores)? {
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
    context.note(metrics.hitRates(k: ks.max() ?? 1))
  }
}
