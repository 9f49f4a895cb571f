import Artifacts
import SystemFiles
import Tables

/// The rule for a row that cannot be read.
package enum BadRowRule: String, CaseIterable, Sendable {
  case fail, skip
}

/// Somebody's own data: a table of interactions, and perhaps one of the candidates.
package struct TabularSource: RawSource {
  package let format: any TableFormat
  package var roles: Interactions.Roles
  /// The name of the file of interactions in a folder; `nil` if there is only one.
  package var interactionsFile: String?
  package var catalogFile: String?
  /// The catalog's column of candidates; the interactions' if `nil`.
  package var catalogKey: String?
  /// The catalog's column of names for people, where keys are none.
  package var candidateName: String?
  package var onBadRow = BadRowRule.fail
  /// The greatest share of the lines of a file that may be lost where bad rows are left out.
  package var maxBadRows = 0.01

  package init(format: any TableFormat, roles: Interactions.Roles) {
    self.format = format
    self.roles = roles
  }

  /// Reads a file, or the files of a folder.
  ///
  /// - Throws: `DataError` for the first row that cannot be read, or if too many cannot.
  package func read(_ source: String) throws -> Ingested {
    let files = SourceFiles(
      source: source, interactionsFile: interactionsFile, catalogFile: catalogFile, partSuffix: format.partSuffix)
    let parts = try files.interactions()
    let table = try readInteractions(parts)
    let catalog = try (files.catalog() ?? (format.holdsCatalog ? parts : nil)).map { try readCatalog($0) }
    let rejects = table.rejects + (catalog?.rejects ?? [])
    if onBadRow == .fail, let first = rejects.first { throw DataError.badRows(first: first, count: rejects.count) }
    guard table.rows > 0 else { throw DataError.noRows(Files.name(of: parts[0])) }
    let interactions = Interactions(columns: table.columns, rows: table.rows, roles: roles)
    return Ingested(
      interactions: interactions,
      catalog: try catalog?.catalog ?? Self.distinct(roles.candidate, of: interactions),
      users: try Self.distinct(roles.query, of: interactions), rejects: rejects, timeUnit: table.timeUnit)
  }

  private func readInteractions(_ parts: [String]) throws -> RawTable {
    var columns: [String: ColumnRole] = [:]
    if let name = roles.weight { columns[name] = .weight }
    if let name = roles.timestamp { columns[name] = .timestamp }
    columns[roles.query] = .key
    columns[roles.candidate] = .key
    return try readTable(parts, .interactions, columns)
  }

  private func readCatalog(_ parts: [String]) throws -> (catalog: Catalog, rejects: [Reject]) {
    let key = catalogKey ?? roles.candidate
    var columns = [key: ColumnRole.key]
    if let candidateName, candidateName != key { columns[candidateName] = .text }
    let table = try readTable(parts, .catalog, columns)
    let catalog = Catalog(
      columns: table.columns, rows: table.rows, key: key, referencedBy: roles.candidate, nameColumn: candidateName)
    return (catalog, table.rejects)
  }

  /// Few rows may be bad by chance; many are a file that was not understood.
  private func readTable(
    _ parts: [String], _ part: TableRequest.Part, _ columns: [String: ColumnRole]
  ) throws -> RawTable {
    let table = try format.read(parts: parts, TableRequest(part: part, roles: columns))
    let lost = table.rejects.reduce(0) { $0 + $1.lines }
    if onBadRow == .skip, let first = table.rejects.first, Double(lost) > maxBadRows * Double(table.lines) {
      throw DataError.tooManyBadRows(first: first, lost: lost, lines: table.lines, share: maxBadRows)
    }
    return table
  }

  /// A catalog of the names alone.
  private static func distinct(_ column: String, of interactions: Interactions) throws -> Catalog {
    let values = try interactions.text(column).dictionary
    return Catalog(columns: [Column(column, .text(TextColumn(distinct: values)))], rows: values.count, key: column)
  }
}
