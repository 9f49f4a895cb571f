import Artifacts
import CanonicalJSON
import Tables

/// What `ingest` makes of raw data.
package struct Ingested: Sendable {
  package var interactions: Interactions
  package var catalog: Catalog
  package var users: Catalog
  package var rejects: [Reject]
  /// What the times counted; nil if they were spelt out, or there are none.
  package var timeUnit: TimeUnit?

  package init(interactions: Interactions, catalog: Catalog, users: Catalog, rejects: [Reject] = []) {
    self.interactions = interactions
    self.catalog = catalog
    self.users = users
    self.rejects = rejects
  }

  /// Candidates that somebody had to do with and that the catalog does not know.
  package var unlistedCandidates: Int {
    guard let candidates = interactions.table.text(interactions.roles.candidate) else { return 0 }
    return candidates.dictionary.array.count { catalog.keys.dictionary.sortedIndex(of: $0) == nil }
  }
}

/// A row that could not be read.
package struct Reject: Sendable, Equatable {
  package static let type = ArtifactType("rejects", version: 1)

  package var file: String
  package var line: Int
  package var field: String?
  package var reason: String
  /// That are lost with it.
  package var lines = 1

  package var error: DataError { .badRow(file: file, line: line, field: field, reason: reason) }

  package static func publish(_ rejects: [Reject], to path: String, lineage: Lineage) throws {
    let table = Table(
      "rejects", rows: rejects.count,
      columns: [
        Column("file", text: rejects.map(\.file)), Column("line", integers: rejects.map { Int64($0.line) }),
        Column("field", text: rejects.map { $0.field ?? "" }), Column("reason", text: rejects.map(\.reason)),
      ])
    let writer = try ArtifactWriter(path: path, type: type, schema: ["tables": [table.schema]])
    try table.write(to: writer)
    try writer.publish(
      lineage: lineage,
      summary: Summary(
        [.fact("rejected rows", "\(rejects.count)")]
          + (rejects.isEmpty ? [] : [.list(title: "first", items: rejects.prefix(5).map { "\($0.error)" })])))
  }
}
