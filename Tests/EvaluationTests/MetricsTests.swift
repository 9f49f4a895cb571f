import Artifacts
import Testing

@testable import Evaluation

@Suite("Metrics")
struct MetricsTests {
  @Test("says whether the model beats the baseline, and shows them side by side")
  func verdict() {
    func row(_ model: String, _ value: Double) -> Metric {
      Metric(model: model, seenProtocol: "seen-excluded", name: "hit_rate", k: 100, ties: "optimistic", value: value)
    }
    func lines(_ own: Double) -> String {
      let summary = Metrics(rows: [row("two-tower", own), row("popularity", 0.4)]).summary
      return (summary.lines + summary.highlights.flatMap { item in [("\(item)")] }).joined(separator: "\n")
    }
    #expect(lines(0.3).contains("two-tower loses to popularity on hit_rate@100, seen-excluded (0.3000 against 0.4000)"))
    #expect(lines(0.5).contains("two-tower beats popularity"))
    #expect(lines(0.5).contains("hit_rate@100  seen-excluded  optimistic"))
  }
}
