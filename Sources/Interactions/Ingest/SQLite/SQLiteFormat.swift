import Artifacts
import DisplayText
import SystemFiles
import Tables

/// A table, a view or the answer to a SELECT of an SQLite database, read row by row.
package struct SQLiteFormat: TableFormat {
  /// The part of the database that is read.
  package enum Selection: Sendable, Equatable {
    case table(String)
    case statement(String)
  }

  /// The interactions; the only table if `nil`.
  package var interactions: Selection?
  /// The candidates of the same database, if they are there.
  package var catalog: Selection?
  /// The users of the same database, if they are there.
  package var users: Selection?

  package init() {}

  package var holdsCatalog: Bool { catalog != nil }
  package var holdsUsers: Bool { users != nil }

  package func read(parts: [String], _ request: TableRequest) throws -> RawTable {
    guard let path = parts.first, parts.count == 1 else {
      throw DataError.badSource(request.source, .manyDatabases(parts.map(request.name)))
    }
    let name = request.name(of: path)
    do { return try read(path, name, request) } catch let fault as DatabaseFault {
      throw DataError.badSource(name, .database(fault))
    }
  }

  private func read(_ path: String, _ name: String, _ request: TableRequest) throws -> RawTable {
    let database = try SQLiteDatabase(path)
    let (selection, suffix) =
      switch request.part {
      case .interactions: (interactions, "")
      case .catalog: (catalog, "catalog-")
      case .users: (users, "users-")
      }
    let rows: SQLiteRows
    if case .statement(let text)? = selection {
      rows = try database.rows(text, option: "\(suffix)sql")
    } else {
      let table = try table(selection, of: database, option: "\(suffix)table")
      let quoted = table.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      rows = try database.rows("SELECT * FROM \"\(quoted)\"", option: "\(suffix)table")
    }
    try request.check(rows.columns, of: name)
    var builder = RowBuilder(rows.columns, request)
    var rejects: [Reject] = []
    var count = 0
    while let row = try rows.next() {
      count += 1
      if let problem = builder.append(row) {
        rejects.append(
          Reject(
            file: name, place: .tableRow(count), field: problem.field.flatMap { builder.name($0) },
            fault: problem.fault))
      }
    }
    return RawTable(
      columns: builder.columns, rows: builder.count, rejects: rejects, lines: count, timeUnit: builder.timeUnit,
      ruleCounts: builder.ruleCounts)
  }

  private func table(_ selection: Selection?, of database: SQLiteDatabase, option: String) throws -> String {
    let tables = try database.tables()
    guard case .table(let name)? = selection else {
      guard let only = tables.first else { throw DatabaseFault.noTables }
      guard tables.count == 1 else { throw DatabaseFault.manyTables(tables, option: option) }
      return only
    }
    guard tables.contains(name) else {
      throw DatabaseFault.noTable(name, option: option, near: nearestName(to: name, among: tables), tables: tables)
    }
    return name
  }
}
