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

  /// Fits a baseline; logs the reason and returns `nil` if these data do not allow it.
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
    context.note(metrics.hitRates(k: ks.max() ?? 1))
  }
}
