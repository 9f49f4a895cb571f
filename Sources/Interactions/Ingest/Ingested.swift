package import Artifacts
import Tables

/// Interactions, a catalog and users, read from raw data.
package struct Ingested: Sendable {
  package var interactions: Interactions
  package var catalog: Catalog
  package var users: Catalog
  package var rejects: [Reject]
  /// The unit of the times; `nil` if they are spelled out, or there are none.
  package var timeUnit: TimeUnit?
  /// The rows that each rule left out, in the order in which rules are applied.
  package var ruleCounts: [RuleCount] = []
  /// A line about the rows that `addPrevious` left out.
  private var previous: String?

  package init(
    interactions: Interactions, catalog: Catalog, users: Catalog, rejects: [Reject] = [], timeUnit: TimeUnit? = nil
  ) {
    self.interactions = interactions
    self.catalog = catalog
    self.users = users
    self.rejects = rejects
    self.timeUnit = timeUnit
  }

  /// Adds the candidates that the query chose before, as `Interactions.withPrevious` does.
  package mutating func addPrevious(window: Int) throws {
    let rows = interactions.count
    let (interactions, first) = try interactions.withPrevious(window)
    self.interactions = interactions
    previous =
      "of \(rows) rows \(first) are the first of their \(interactions.roles.query), and left out; the others come "
      + "once for each \(interactions.previousColumn) of \(window == 1 ? "the row" : "the \(window) rows") before"
  }

  /// The number of candidates of the interactions that are not in the catalog.
  package var unlistedCandidates: Int {
    guard let candidates = interactions.table.text(interactions.roles.candidate) else { return 0 }
    return candidates.dictionary.places(in: catalog.keys.dictionary).count { $0 < 0 }
  }

  /// The number of queries of the interactions that are not among the users.
  package var unlistedUsers: Int {
    guard let queries = interactions.table.text(interactions.roles.query) else { return 0 }
    return queries.dictionary.places(in: users.keys.dictionary).count { $0 < 0 }
  }

  /// Facts of the summary of the interactions: what the rules left out.
  package var facts: [Summary.Item] { ruleCounts.map { .fact("left out by \($0.rule)", "\($0.rows)") } }

  /// Lines for people: the counts of rows read, suspicious values, and skipped rows.
  package func notes() throws -> [String] {
    var notes = ["\(interactions.count) interactions, \(catalog.table.rows) in the catalog, \(users.table.rows) users"]
    for count in ruleCounts { notes.append("\(count.rule) left out \(count.rows) rows") }
    if let previous { notes.append(previous) }
    if let timeUnit, timeUnit != .seconds { notes.append("times are \(timeUnit.rawValue), kept as seconds") }
    notes += try OddIdentifiers(interactions).lines
    if let first = rejects.first {
      let lost = rejects.reduce(0) { $0 + $1.lines }
      let lines = lost == rejects.count ? "" : " (\(lost) lines)"
      notes.append("\(rejects.count) bad rows\(lines) left out, the first: \(first)")
    }
    if unlistedCandidates > 0 {
      notes.append("\(unlistedCandidates) candidates of interactions are not in the catalog")
    }
    if unlistedUsers > 0 { notes.append("\(unlistedUsers) users of interactions are not in the users' file") }
    return notes
  }
}
