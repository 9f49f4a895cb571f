/// Findings about single times.
package struct TimeFindings: Sendable, Equatable {
  /// Rows before the first plausible day, and after the last.
  package var early = 0
  package var late = 0
  /// Rows of both that are plausible in another unit, and that unit.
  package var misscaled = 0
  package var unit: String?
  /// Rows without a time.
  package var missing = 0
  /// `true` if the times are counters, which say nothing of days.
  package var areCounters = false

  package init() {}
}
