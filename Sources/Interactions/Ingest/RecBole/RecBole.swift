import Artifacts
import SystemFiles
import Tables

/// Reads a data set of RecBole's atomic files: `NAME.inter`, and beside it `NAME.item` and `NAME.user` where they are.
///
/// RecBole's own defaults hold: queries are `user_id`, candidates `item_id`, times `timestamp` and weights `rating`,
/// the last two where the interactions have them.
package struct RecBole: RawSource {
  package static let query = "user_id"
  package static let candidate = "item_id"
  static let timestamp = "timestamp"
  static let weight = "rating"

  /// The table of the interactions, with the roles that are given.
  private let table: TabularSource

  /// - Parameter table: in the format `AtomicFileFormat`.
  package init(_ table: TabularSource) { self.table = table }

  package func read(_ source: String) throws -> Ingested {
    var table = table
    let isFolder = Files.isFolder(source)
    let names = isFolder ? try SourceDigest.names(under: source) : []
    if isFolder {
      if table.interactionsFile == nil { table.interactionsFile = "**/*.inter" }
      if table.catalogFile == nil, names.contains(where: { $0.hasSuffix(".item") }) { table.catalogFile = "**/*.item" }
      if table.usersFile == nil, names.contains(where: { $0.hasSuffix(".user") }) { table.usersFile = "**/*.user" }
    }
    let files = SourceFiles(source: source, interactionsFile: table.interactionsFile, catalogFile: nil)
    if let first = try files.interactions().first {
      let columns = try AtomicFileFormat.columns(of: first).map(\.name)
      if table.roles.timestamp == nil, columns.contains(Self.timestamp) { table.roles.timestamp = Self.timestamp }
      if table.roles.weight == nil, table.rules.weights == nil, columns.contains(Self.weight) {
        table.roles.weight = Self.weight
      }
    }
    return try table.read(source)
  }
}
