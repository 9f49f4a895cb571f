/// A 95 % confidence interval.
package struct Interval: Sendable, Equatable {
  package var low: Double
  package var high: Double

  package init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  /// `true` if some number lies in both intervals.
  package func overlaps(_ other: Interval) -> Bool { low <= other.high && other.low <= high }
}
