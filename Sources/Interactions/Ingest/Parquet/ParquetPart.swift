import DisplayText
import Parquet
import SystemFiles

/// A file of a table, and its columns that are read.
struct ParquetPart: Sendable {
  /// A column that is read, in this file.
  struct Column: Sendable {
    let column: ParquetColumn
    let role: ColumnRole?
    let kind: GatheredKind
  }

  let file: ParquetFile
  let name: String
  let columns: [Column]
  /// The values that the part's folders give to all of its rows, by the names of their columns.
  let folders: [(name: String, value: String?)]

  /// - Parameters:
  ///   - wanted: the columns that are read beside those with a role; all if empty.
  ///   - option: that names them.
  ///   - first: the part before all others, which says what the columns are.
  init(_ path: String, _ request: TableRequest, wanted: [String], option: String, first: ParquetPart?) throws {
    let name = request.name(of: path)
    do { file = try ParquetFile(path: path) } catch let error as ParquetError {
      throw DataError.badSource(name, .parquet(error))
    }
    self.name = name
    let own = file.fields.map(\.name)
    // The file's own column is nearer than the name of its folder.
    let given = request.partitions(of: path).filter { !own.contains($0.name) }
    let names = own + given.map(\.name)
    try request.check(names, of: name)
    for column in wanted where !names.contains(column) {
      throw DataError.badSource(
        name, .noColumn(column, near: nearestName(to: column, among: names), columns: names))
    }
    let isRead = { (name: String) in wanted.isEmpty || wanted.contains(name) || request.wanted.contains(name) }
    var columns: [Column] = []
    for field in file.fields where isRead(field.name) {
      columns.append(try Self.column(field, request.roles[field.name], of: name, option: option))
    }
    if let first { columns = try Self.arrange(columns, of: name, as: first) }
    self.columns = columns
    folders = given.filter { isRead($0.name) }
    try checkFolders(first)
  }

  /// Refuses a part whose folders give other columns than those of the first part.
  private func checkFolders(_ first: ParquetPart?) throws(DataError) {
    guard let first else { return }
    let (own, wanted) = (folders.map(\.name), first.folders.map(\.name))
    let names = (own + wanted).filter { !own.contains($0) || !wanted.contains($0) }
    guard let other = names.first else { return }
    let words = ["not there", "given by its folder"]
    let (here, there) = own.contains(other) ? (words[1], words[0]) : (words[0], words[1])
    throw .badSource(name, .otherColumn(other, kind: here, first: first.name, kindThere: there))
  }

  /// A bound of the bytes that the columns take in memory when they have been read, their distinct texts aside.
  var bytes: Int {
    let widths =
      columns.map { (rows: $0.column.isList ? file.values(of: $0.column) : file.rows, width: $0.kind.width) }
      + folders.map { _ in (rows: file.rows, width: GatheredKind.integers.width) }
    return widths.reduce(0) { sum, column in
      let (size, isFar) = column.rows.multipliedReportingOverflow(by: column.width)
      let (next, isFarther) = sum.addingReportingOverflow(size)
      return isFar || isFarther ? .max : next
    }
  }

  private static func column(
    _ field: ParquetField, _ role: ColumnRole?, of file: String, option: String
  ) throws(DataError) -> Column {
    switch field.content {
    case .unread(let what):
      throw .badSource(file, .unreadColumn(field.name, what: what, option: option))
    case .column(let column):
      guard role == nil || !column.isList else { throw .badSource(file, .listWithRole(field.name)) }
      return Column(column: column, role: role, kind: GatheredKind(column, role))
    }
  }

  /// The columns in the order of the first part, each of the same kind as there.
  private static func arrange(_ columns: [Column], of file: String, as first: ParquetPart) throws(DataError) -> [Column]
  {
    let byName = Dictionary(columns.map { ($0.column.name, $0) }) { first, _ in first }
    var arranged: [Column] = []
    for wanted in first.columns {
      let name = wanted.column.name
      guard let column = byName[name] else {
        throw .badSource(file, .noColumn(name, near: nil, columns: columns.map(\.column.name)))
      }
      guard column.kind == wanted.kind else {
        throw .badSource(
          file,
          .otherColumn(name, kind: column.kind.name, first: first.name, kindThere: wanted.kind.name))
      }
      arranged.append(column)
    }
    let known = Set(first.columns.map(\.column.name))
    if let other = columns.first(where: { !known.contains($0.column.name) }) {
      throw .badSource(
        file, .otherColumn(other.column.name, kind: other.kind.name, first: first.name, kindThere: "not there"))
    }
    return arranged
  }
}

/// The use that is made of a column's values.
enum GatheredKind: Sendable, Equatable {
  case text, integers, reals, times, lists

  init(_ column: ParquetColumn, _ role: ColumnRole?) {
    switch role {
    case .key, .text: self = .text
    case .timestamp: self = .times
    case .weight: self = .reals
    case nil where column.isList: self = .lists
    case nil:
      switch column.type {
      case .integer, .unsigned, .timestamp, .date, .decimal(scale: 0): self = .integers
      case .real, .decimal: self = .reals
      case .text, .boolean: self = .text
      }
    }
  }

  /// Bytes a value.
  var width: Int {
    switch self {
    case .text: 4
    case .lists: 12
    case .integers, .reals, .times: 9
    }
  }

  var name: String {
    switch self {
    case .text: "text"
    case .integers: "whole numbers"
    case .reals: "numbers"
    case .times: "times"
    case .lists: "lists"
    }
  }
}
