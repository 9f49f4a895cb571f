/// The differences between data and earlier data.
package struct Changes: Sendable, Equatable {
  /// The rows of the earlier data.
  package var earlierRows: Int
  /// Shares of queries and candidates that the earlier data lack; `nil` if there are none.
  package var newQueries: Double?
  package var newCandidates: Double?
  package var drifts: [Drift]

  package init(earlierRows: Int, newQueries: Double?, newCandidates: Double?, drifts: [Drift]) {
    self.earlierRows = earlierRows
    self.newQueries = newQueries
    self.newCandidates = newCandidates
    self.drifts = drifts
  }

  /// Compares data whose profiles follow those of the earlier ones.
  init(_ now: DataStatistics, after earlier: DataStatistics) {
    self.init(
      earlierRows: earlier.rows,
      newQueries: now.queryIdentifiers.newShare(after: earlier.queryIdentifiers),
      newCandidates: now.candidateIdentifiers.newShare(after: earlier.candidateIdentifiers),
      drifts: Drift.all(now, after: earlier))
  }
}
