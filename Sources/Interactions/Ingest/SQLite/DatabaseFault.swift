import DisplayText

/// The reason why a database, or what is asked of it, cannot be read.
package enum DatabaseFault: Error, Sendable, Equatable {
  /// - Parameter message: of SQLite.
  case unreadable(message: String)
  /// Changes that are not in the database's file yet.
  case unfinished(file: String)
  case noTable(String, option: String, near: String?, tables: [String])
  case manyTables([String], option: String)
  case noTables
  /// - Parameter message: of SQLite.
  case badStatement(option: String, message: String)
  /// A statement that gives no rows, or would change something.
  case notASelect(option: String)
  case manyStatements(option: String)
}

extension DatabaseFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unreadable(let message): "as an SQLite database: \(message.printable); fetch it again, or write it anew"
    case .unfinished(let file):
      "\"\(file)\" holds changes that are not in it yet; close the programs that write there, or let SQLite write them "
        + "with \"PRAGMA wal_checkpoint(TRUNCATE)\""
    case .noTable(let name, let option, let near, let tables):
      "\(option): it has no table \"\(name)\"; "
        + (near.map { "did you mean \"\($0)\"?" } ?? "there are \(tables.prefix(10).joined(separator: ", "))")
    case .manyTables(let tables, let option):
      "it has the tables \(tables.prefix(10).joined(separator: ", ")); say which with \(option)"
    case .noTables: "it has no table"
    case .badStatement(let option, let message): "\(option): \(message.printable)"
    case .notASelect(let option): "\(option): the statement gives no rows; give one that begins with SELECT"
    case .manyStatements(let option): "\(option): there is something behind the first statement; give one alone"
    }
  }
}
