import CSQLite
import SystemFiles

/// An SQLite database, open for reading alone; nothing is written beside it.
///
/// Unsafe inside, for SQLite, whose objects are pointers; they are closed with their owners.
@safe
final class SQLiteDatabase {
  private let handle: OpaquePointer

  /// - Throws: `DatabaseFault`, also for a database with changes in files beside it, which the source's digest does not
  ///   cover.
  init(_ path: String) throws {
    _ = try naming(path) { try FileDescriptor.openRegular(path) }
    for suffix in ["-wal", "-journal"] where Files.size("\(path)\(suffix)") > 0 {
      throw DatabaseFault.unfinished(file: Files.name(of: "\(path)\(suffix)"))
    }
    // Nobody writes to the file while it is read, and SQLite need not make files to lock it.
    let address = "file:\(Self.escaped(path))?immutable=1"
    var opened: OpaquePointer?
    let status = unsafe sqlite3_open_v2(address, &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nil)
    guard let handle = unsafe opened else { throw DatabaseFault.unreadable(message: "out of memory") }
    guard status == SQLITE_OK else {
      let message = unsafe Self.message(handle)
      unsafe sqlite3_close_v2(handle)
      throw DatabaseFault.unreadable(message: message)
    }
    unsafe self.handle = handle
  }

  deinit { unsafe sqlite3_close_v2(handle) }

  /// Names of tables and views, in the order in which they were made.
  func tables() throws -> [String] {
    let rows = try rows(
      "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
      option: "the list of tables")
    var names: [String] = []
    while let row = try rows.next() {
      if case .text(let bytes) = row[0] { names.append(String(decoding: bytes, as: UTF8.self)) }
    }
    return names
  }

  /// The rows of one statement that changes nothing.
  func rows(_ text: String, option: String) throws -> SQLiteRows {
    let statement = try unsafe prepare(text, option: option)
    return unsafe SQLiteRows(statement, of: self)
  }

  private func prepare(_ text: String, option: String) throws -> OpaquePointer {
    var statement: OpaquePointer?
    var hasMore = false
    let status = unsafe text.withCString { start in
      var rest: UnsafePointer<CChar>?
      let status = unsafe sqlite3_prepare_v2(handle, start, -1, &statement, &rest)
      hasMore = unsafe rest.map { unsafe !String(cString: $0).allSatisfy { $0.isWhitespace || $0 == ";" } } ?? false
      return status
    }
    guard status == SQLITE_OK else {
      let message = unsafe Self.message(handle)
      // A file that is none is noticed only here.
      if status == SQLITE_NOTADB || status == SQLITE_CORRUPT { throw DatabaseFault.unreadable(message: message) }
      throw DatabaseFault.badStatement(option: option, message: message)
    }
    guard let statement = unsafe statement else { throw DatabaseFault.notASelect(option: option) }
    guard !hasMore, unsafe sqlite3_column_count(statement) > 0, unsafe sqlite3_stmt_readonly(statement) != 0 else {
      unsafe sqlite3_finalize(statement)
      throw hasMore ? DatabaseFault.manyStatements(option: option) : .notASelect(option: option)
    }
    return unsafe statement
  }

  fileprivate var message: String { unsafe Self.message(handle) }

  private static func message(_ handle: OpaquePointer) -> String { unsafe String(cString: sqlite3_errmsg(handle)) }

  /// A path as a URI has it: "?", "#" and "%" would mean something else.
  private static func escaped(_ path: String) -> String {
    var text = ""
    for character in path.unicodeScalars {
      switch character {
      case "%": text += "%25"
      case "?": text += "%3f"
      case "#": text += "%23"
      default: text.unicodeScalars.append(character)
      }
    }
    return text
  }
}

/// The rows of a statement, one after another.
@safe
final class SQLiteRows {
  let columns: [String]
  private let statement: OpaquePointer
  private let database: SQLiteDatabase

  /// - Parameter statement: owned from now on.
  fileprivate init(_ statement: OpaquePointer, of database: SQLiteDatabase) {
    unsafe self.statement = statement
    self.database = database
    let count = unsafe sqlite3_column_count(statement)
    columns = (0..<count).map { number in
      unsafe sqlite3_column_name(statement, number).map { unsafe String(cString: $0) } ?? "column\(number + 1)"
    }
  }

  deinit { unsafe sqlite3_finalize(statement) }

  /// The next row; `nil` behind the last one.
  func next() throws -> SQLiteRow? {
    switch unsafe sqlite3_step(statement) {
    case SQLITE_ROW: SQLiteRow(values: columns.indices.map { value(Int32($0)) })
    case SQLITE_DONE: nil
    default: throw DatabaseFault.unreadable(message: database.message)
    }
  }

  private func bytes(_ start: UnsafeRawPointer?, _ column: Int32) -> RawValue {
    guard let start = unsafe start else { return .text([]) }
    let length = unsafe Int(sqlite3_column_bytes(statement, column))
    return .text(unsafe Array(UnsafeRawBufferPointer(start: start, count: length))[...])
  }

  private func value(_ column: Int32) -> RawValue {
    switch unsafe sqlite3_column_type(statement, column) {
    case SQLITE_INTEGER: return .integer(unsafe sqlite3_column_int64(statement, column))
    case SQLITE_FLOAT: return .real(unsafe sqlite3_column_double(statement, column))
    case SQLITE_NULL: return .missing
    case SQLITE_BLOB: return unsafe bytes(sqlite3_column_blob(statement, column), column)
    // In UTF-8, whatever the database's encoding.
    default: return unsafe bytes(UnsafeRawPointer(sqlite3_column_text(statement, column)), column)
    }
  }
}

/// A row with the types that its values have.
struct SQLiteRow: RawRow {
  let values: [RawValue]

  var count: Int { values.count }

  subscript(field: Int) -> RawValue { values[field] }
}
