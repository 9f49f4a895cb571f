import Artifacts
import CanonicalJSON
import Evaluation
import Testing

@testable import Tuning

@Suite("The result of a trial")
struct TrialResultTests {
  private func result(_ values: [(Int, Double)], failure: String? = nil) -> TrialResult {
    TrialResult(
      values.map { TrialResult.Checkpoint(epochs: $0, estimate: Estimate(value: $1, standardError: 0.01)) },
      failure: failure)
  }

  @Test("is read back unchanged, also for a failure")
  func json() throws {
    for result in [result([(2, 0.1), (4, 1.0 / 3)]), result([], failure: "the loss is not a number")] {
      #expect(try TrialResult(JSON.parse(Array(result.json.text.utf8))) == result)
    }
    #expect(TrialResult(["checkpoints": [["two", 1, 1]]]) == nil)
  }

  @Test("has the best checkpoint, the first of equals")
  func best() {
    #expect(result([(2, 0.1), (4, 0.3), (6, 0.3), (8, 0.2)]).best?.epochs == 4)
    #expect(result([]).best == nil)
  }

  @Test("is the mean over held-out parts, at the checkpoints that all reached")
  func mean() throws {
    let mean = TrialResult(meanOf: [result([(2, 0.1), (4, 0.3)]), result([(2, 0.3)])])
    #expect(mean.checkpoints.map(\.epochs) == [2])
    #expect(abs(mean.checkpoints[0].estimate.value - 0.2) < 1e-12)
    #expect(abs(mean.checkpoints[0].estimate.standardError - 0.01 / 2.0.squareRoot()) < 1e-12)
    #expect(TrialResult(meanOf: [result([(2, 0.1)]), result([], failure: "it diverged")]).failure == "it diverged")
  }
}
