import Artifacts
import TestKit
import Testing

@testable import Evaluation

@Suite("Metrics and verdicts")
struct MetricsTests {
  private func row(_ model: String, _ value: Double) -> Metric {
    Metric(model: model, seenProtocol: "seen-excluded", name: "hit_rate", k: 100, ties: "optimistic", value: value)
  }

  private func metrics(_ own: Double, low: Double? = nil) -> Metrics {
    Metrics(
      rows: [row("two-tower", own), row("popularity", 0.4)],
      comparisons: [
        Comparison(
          model: "two-tower", other: "popularity", seenProtocol: "seen-excluded", name: "hit_rate", k: 100,
          difference: own - 0.4, interval: low.map { Interval(low: $0, high: 1) }, p: 0.25)
      ])
  }

  private func verdict(_ metrics: Metrics, beat: String = "popularity", by: Double = 0, certain: Bool = false)
    -> Verdict?
  {
    Verdict(
      Gate(metric: "hit_rate@100", seenProtocol: .excluded, beat: beat, by: by, isCertain: certain), metrics,
      of: "two-tower", digest: Digest.of("model"))
  }

  @Test("a verdict says whether the model beats the baseline, by how much is asked, and for certain if that is asked")
  func statements() throws {
    let loses = try #require(verdict(metrics(0.3)))
    #expect(!loses.isPassed)
    #expect(
      loses.statement == "two-tower loses to popularity on hit_rate@100, seen-excluded (0.3000 against 0.4000)")
    let beats = try #require(verdict(metrics(0.5)))
    #expect(beats.isPassed && beats.statement.hasPrefix("two-tower beats popularity on"))
    let equal = try #require(verdict(metrics(0.4)))
    #expect(!equal.isPassed && equal.statement.hasPrefix("two-tower equals popularity"))
    let little = try #require(verdict(metrics(0.41), by: 0.05))
    #expect(!little.isPassed && little.statement.hasSuffix("(0.4100 against 0.4000), but not by the 0.05 asked for"))
    let unsure = try #require(verdict(metrics(0.41, low: -0.01), certain: true))
    #expect(!unsure.isPassed && unsure.statement.hasSuffix(", but not for certain: the difference may be -0.0100"))
    #expect(try #require(verdict(metrics(0.41, low: 0.005), certain: true)).isPassed)
    #expect(verdict(metrics(0.41), beat: "ease") == nil, "what was not measured cannot be beaten")
  }

  @Test("a published verdict is read as it was given")
  func published() throws {
    let scratch = try Scratch()
    let path = scratch.file("verdict.tandem")
    let given = try #require(verdict(metrics(0.3)))
    try given.publish(to: path, lineage: Lineage(stage: "evaluate", stageVersion: 1, params: [:], inputs: [:]))
    let read = try PublishedVerdict(ArtifactFile(path: path, type: Verdict.type))
    #expect(!read.isPassed && read.statement == given.statement && read.model == Digest.of("model").hexadecimal)
  }

  @Test("models stand side by side, with intervals, slices, comparisons and the verdict behind them")
  func summary() {
    var metrics = metrics(0.5, low: 0.05)
    metrics.rows[0].interval = Interval(low: 0.45, high: 0.55)
    var slice = row("two-tower", 0.7)
    slice.slice = "head candidates"
    metrics.rows.append(slice)
    metrics.verdict = verdict(metrics)?.statement
    let summary = MetricsSummary(metrics).summary
    let text = summary.lines.joined(separator: "\n")
    #expect(text.contains("hit_rate@100  seen-excluded  optimistic     0.5000      0.4000"))
    #expect(text.contains("0.4500-0.5500"))
    #expect(text.contains("head candidates  hit_rate@100  seen-excluded     0.7000"))
    #expect(text.contains("popularity  hit_rate@100  seen-excluded     +0.1000  +0.0500 to +1.0000  0.2500"))
    let end = summary.highlights.flatMap { Summary.lines(of: $0) }
    #expect(end.count == 4, "a table of one line, and the verdict: \(end)")
    #expect(end.last?.hasPrefix("verdict: two-tower beats popularity") == true)
  }
}
