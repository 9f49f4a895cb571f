package import Artifacts
package import Interactions

/// The statistics of interactions, and of the catalog and the users that belong to them.
package struct DataStatistics: Sendable, Equatable {
  package static let type = ArtifactType("data-statistics", version: 1)

  package var roles: Interactions.Roles
  /// The digest of the interactions.
  package var interactions: Digest
  package var rows = 0
  package var queries = 0
  package var candidates = 0
  /// Rows whose pair of query and candidate an earlier row has.
  package var repeatedPairs = 0
  /// Rows whose pair and time an earlier row has; 0 without times.
  package var repeatedRows = 0
  /// Rows of the raw data that could not be read; `nil` if nobody said.
  package var rejects: Int?
  package var columns: [ColumnProfile] = []
  /// Plausible days with rows, the oldest first; none without times.
  package var days: [DayRows] = []
  package var times = TimeFindings()
  /// Interactions by query, and by candidate.
  package var activity = CountDistribution([])
  package var popularity = CountDistribution([])
  package var queryIdentifiers = IdentifierSketch(hashes: [], bound: .max)
  package var candidateIdentifiers = IdentifierSketch(hashes: [], bound: .max)
  /// The changes against earlier data; `nil` if there are none.
  package var changes: Changes?

  package init(roles: Interactions.Roles, interactions: Digest) {
    self.roles = roles
    self.interactions = interactions
  }

  package func column(_ name: String, of table: String, _ scope: ColumnProfile.Scope = .all) -> ColumnProfile? {
    columns.first { $0.table == table && $0.column == name && $0.scope == scope }
  }
}
