import Artifacts
import MetricTable
import TestKit
import Testing

@testable import Evaluation

@Suite("Metrics and verdicts")
struct MetricsTests {
  private func row(_ model: String, _ value: Double) -> Metric {
    Metric(model: model, seenProtocol: "seen-excluded", name: "ndcg", k: 100, ties: "expected", value: value)
  }

  private func metrics(
    _ own: Double, _ interval: ClosedRange<Double>? = 0...0, queries: Int = 100, p: Double = 0.001
  ) -> Metrics {
    Metrics(
      rows: [row("two-tower", own), row("popularity", 0.4)],
      comparisons: [
        Comparison(
          model: "two-tower", other: "popularity", seenProtocol: "seen-excluded", name: "ndcg", k: 100,
          difference: own - 0.4, queries: queries,
          interval: interval.map { Interval(low: $0.lowerBound, high: $0.upperBound) }, p: p)
      ])
  }

  private let subject = Verdict.Subject(
    model: Digest.of("model"), recipe: Digest.of("recipe"), train: Digest.of("train"), test: Digest.of("test"))

  private func verdict(_ metrics: Metrics, beat: String = "popularity", by: Double = 0) throws -> Verdict {
    try #require(
      Verdict(
        Gate(metric: "ndcg@100", seenProtocol: .excluded, beat: beat, by: by), metrics, of: "two-tower",
        subject: subject))
  }

  @Test("a model passes if its interval is above the bar, and fails if it is below")
  func decided() throws {
    let beats = try verdict(metrics(0.5, 0.05...0.15))
    #expect(beats.answer == .passed)
    #expect(
      beats.statement
        == "two-tower beats popularity on ndcg@100, seen-excluded (0.5000 against 0.4000, difference 0.0500 to 0.1500)")
    let loses = try verdict(metrics(0.3, -0.15 ... -0.05))
    #expect(loses.answer == .lost && loses.statement.hasPrefix("two-tower loses to popularity on"))
    let asked = try verdict(metrics(0.41, 0.005...0.015), by: 0.05)
    #expect(asked.answer == .lost)
    #expect(asked.statement.hasPrefix("two-tower does not beat popularity by the 0.05 asked for"))
    #expect(try verdict(metrics(0.39, -0.015 ... -0.005), by: -0.05).answer == .passed, "not worse by more than .05")
    #expect(
      Verdict(
        Gate(metric: "ndcg@100", seenProtocol: .excluded, beat: "ease", by: 0), metrics(0.5), of: "two-tower",
        subject: subject) == nil, "what was not measured cannot be beaten")
  }

  @Test("a model equal to the baseline fails")
  func equal() throws {
    let equal = try verdict(metrics(0.4, 0...0, p: 1))
    #expect(equal.answer == .lost && equal.statement.hasPrefix("two-tower equals popularity on"))
  }

  @Test("an interval across the bar is undecided, with the number of queries that would suffice")
  func undecided() throws {
    let unsure = try verdict(metrics(0.41, -0.03...0.05, p: 0.5))
    #expect(unsure.answer == .undecided)
    // Half the width of the interval is four times the difference, and halves with four times the queries.
    #expect(abs(try #require(unsure.wantedQueries) - 1_601) <= 1)
    #expect(unsure.statement.hasPrefix("undecided whether two-tower beats popularity on ndcg@100"))
    #expect(
      unsure.statement.hasSuffix(
        "some \(try #require(unsure.wantedQueries)) test queries with new targets would be enough, and there are 100"))
    let few = try verdict(metrics(0.9, 0.5...0.5, queries: 1, p: 1))
    #expect(few.answer == .undecided, "the interval of one query has no width and says nothing")
    #expect(few.statement.hasSuffix("some 6 test queries with new targets would be enough, and there is 1"))
    #expect(try verdict(metrics(0.6, 0.1...0.3, queries: 8, p: 0.07)).answer == .undecided, "the test disagrees")
    #expect(try verdict(metrics(0.5, nil)).answer == .undecided)
  }

  @Test("without judged queries the verdict is undecided")
  func nothing() throws {
    var empty = metrics(0.5)
    empty.comparisons = []
    let verdict = try verdict(empty)
    #expect(verdict.answer == .undecided && verdict.statement.hasSuffix("no test query has a target that is new to it"))
  }

  @Test("a published verdict is read back unchanged")
  func published() throws {
    let scratch = try Scratch()
    let path = scratch.file("verdict.tandem")
    let given = try verdict(metrics(0.3, -0.15 ... -0.05))
    try given.publish(to: path, lineage: Lineage(stage: "evaluate", stageVersion: 1, params: [:], inputs: [:]))
    let read = try PublishedVerdict(ArtifactFile(path: path, type: Verdict.type))
    #expect(read.answer == .lost && read.statement == given.statement && read.model == Digest.of("model").hexadecimal)
  }

  @Test("the text has models side by side, then intervals, slices, comparisons and the verdict")
  func summary() throws {
    var metrics = metrics(0.5, 0.05...1, p: 0.0009)
    metrics.rows[0].interval = Interval(low: 0.45, high: 0.55)
    var slice = row("two-tower", 0.7)
    slice.slice = "head candidates"
    metrics.rows.append(slice)
    metrics.verdict = try verdict(metrics).statement
    let summary = MetricsSummary(metrics).summary
    let text = summary.lines.joined(separator: "\n")
    #expect(text.contains("ndcg@100  seen-excluded  expected     0.5000      0.4000"))
    #expect(text.contains("0.4500-0.5500"))
    #expect(text.contains("head candidates  ndcg@100  seen-excluded     0.7000"))
    #expect(text.contains("popularity  ndcg@100  seen-excluded     +0.1000  +0.0500 to +1.0000  0.0009"))
    let end = summary.highlights.flatMap { Summary.lines(of: $0) }
    #expect(end.count == 4, "a table of one line, and the verdict: \(end)")
    #expect(end.last?.hasPrefix("verdict: two-tower beats popularity") == true)
  }
}
