import Artifacts
import Tables

/// Atomic files of RecBole: fields are separated by tabs, nothing is quoted, and the header names each column and its
/// type, as in `user_id:token`. Sequences are lists, cut at spaces, but for a column that has a role, such as the names
/// of the candidates.
package struct AtomicFileFormat: TableFormat {
  enum ColumnType: String {
    case token, float
    case tokenSequence = "token_seq"
    case floatSequence = "float_seq"

    var isSequence: Bool { self == .tokenSequence || self == .floatSequence }
  }

  struct AtomicColumn {
    let name: String
    let type: ColumnType
  }

  package init() {}

  private struct Row: RawRow {
    let record: DelimitedRecord
    let isList: [Bool]

    var count: Int { record.count }

    subscript(field: Int) -> RawValue {
      let bytes = record.bytes(field)
      return isList[field] ? .list(bytes.split(separator: UInt8(ascii: " "))) : .text(bytes)
    }
  }

  package func read(parts: [String], _ request: TableRequest) throws -> RawTable {
    var rows: RowBuilder?
    var first = ""
    var rejects: [Reject] = []
    var lines = 0
    for path in parts {
      let name = request.name(of: path)
      var isList: [Bool] = []
      var isHeader = true
      lines += try Self.file(path, name).forEachRecord { record in
        if isHeader {
          isHeader = false
          try request.check(columnCount: record.count, of: name)
          let columns = try Self.columns(record, name)
          let names = columns.map(\.name)
          isList = columns.map { $0.type.isSequence && request.roles[$0.name] == nil }
          if rows == nil {
            try request.check(names, of: name)
            rows = RowBuilder(names, request)
            first = name
          }
          guard let wanted = rows?.names, wanted == names else {
            throw DataError.badSource(name, .otherColumns(names, first: first, columns: rows?.names ?? []))
          }
          return
        }
        let problem =
          record.count == isList.count
          ? rows?.append(Row(record: record, isList: isList))
          : (nil, .fieldCount(found: record.count, expected: isList.count))
        if let problem {
          let field = problem.field.flatMap { rows?.name($0) }
          rejects.append(Reject(file: name, place: .line(record.line), field: field, fault: problem.fault))
        }
      }
    }
    guard let rows else { throw DataError.noRows(parts.first.map(request.name) ?? request.source) }
    return RawTable(
      columns: rows.columns, rows: rows.count, rejects: rejects, lines: lines, timeUnit: rows.timeUnit,
      ruleCounts: rows.ruleCounts)
  }

  /// `true` if every field of the first line names a type, as no other header does.
  static func isHeader(_ start: [UInt8]) -> Bool {
    let line = String(decoding: start.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }, as: UTF8.self)
    return line.split(separator: "\t", omittingEmptySubsequences: false).allSatisfy { field in
      let parts = field.split(separator: ":", omittingEmptySubsequences: false)
      return parts.count == 2 && !parts[0].isEmpty && ColumnType(rawValue: String(parts[1])) != nil
    }
  }

  /// The columns that a file's header names.
  static func columns(of path: String) throws -> [AtomicColumn] {
    struct Found: Error {}
    let file = try file(path, path)
    var columns: [AtomicColumn] = []
    do {
      try file.forEachRecord { record in
        columns = try Self.columns(record, file.name)
        throw Found()
      }
    } catch is Found { return columns }
    throw DataError.noRows(path)
  }

  private static func columns(_ record: DelimitedRecord, _ file: String) throws(DataError) -> [AtomicColumn] {
    var columns: [AtomicColumn] = []
    for field in 0..<record.count {
      let text = String(decoding: record.bytes(field), as: UTF8.self)
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, let type = ColumnType(rawValue: String(parts[1])) else {
        throw .badSource(file, .noAtomicType(text))
      }
      columns.append(AtomicColumn(name: String(parts[0]), type: type))
    }
    return columns
  }

  private static func file(_ path: String, _ name: String) throws -> DelimitedFile {
    if let form = ForeignForm(try DecodedFile(path: path).start()) {
      throw DataError.badSource(name, .foreign(form, remedy: "give atomic files of RecBole"))
    }
    var dialect = DelimitedDialect(separator: "\t")
    dialect.quote = nil
    return DelimitedFile(path: path, name: name, dialect: dialect, encoding: .utf8)
  }
}
