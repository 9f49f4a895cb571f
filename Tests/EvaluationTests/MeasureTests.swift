import MetricTable
import Testing

@testable import Evaluation

@Suite("The metrics")
struct MeasureTests {
  @Test("have a column each, slices and quality first")
  func columns() {
    #expect(Measure.allCases.map(\.place).sorted() == Array(Measure.allCases.indices))
    #expect(Measure.ofSlices.map(\.place) == Array(0..<3))
    #expect(Measure.ofQuality.map(\.place) == Array(0..<6))
  }
}
