import Artifacts
import DisplayText
import SystemFiles
package import Tables

/// A format of files that hold one table each, or a part of one.
package protocol TableFormat: Sendable {
  /// Reads the parts of one table, in their order, into typed columns, checking each row as it comes.
  ///
  /// - Parameter request: the columns that have a role; one that a file does not have is refused.
  /// - Throws: `DataError` if a file as a whole cannot be read. Rows that cannot be read are listed in the table.
  func read(parts: [String], _ request: TableRequest) throws -> RawTable

  /// `true` if the file of interactions holds a table of candidates too.
  var holdsCatalog: Bool { get }
  /// `true` if it holds a table of users too.
  var holdsUsers: Bool { get }
}

extension TableFormat {
  package var holdsCatalog: Bool { false }
  package var holdsUsers: Bool { false }
}

/// The purpose for which a table is read.
package struct TableRequest: Sendable {
  /// The table that is read.
  package enum Part: Sendable { case interactions, catalog, users }

  package let part: Part
  /// Roles by the names of the columns.
  package let roles: [String: ColumnRole]
  /// The source, a file or a folder, from which files are named.
  package var source = ""
  package var rules = ReadingRules()

  package init(part: Part, roles: [String: ColumnRole], source: String = "", rules: ReadingRules = ReadingRules()) {
    self.part = part
    self.roles = roles
    self.source = source
    self.rules = rules
  }

  /// The conditions that rows have to meet.
  var keep: [KeepCondition] { part == .interactions ? rules.keep : [] }

  /// Columns that have to be there, by the names that ask for them.
  var wanted: Set<String> { Set(roles.keys).union(keep.map(\.column)) }

  /// The name of a file in errors: its path in the source, if that is a folder.
  func name(of path: String) -> String {
    !source.isEmpty && path.hasPrefix("\(source)/")
      ? String(path.dropFirst(source.utf8.count + 1)) : Files.name(of: path)
  }

  /// Columns that the folders of a file give to all of its rows, as in "day=2026-11-28/part-0.csv".
  func partitions(of path: String) -> [(name: String, value: String?)] {
    name(of: path).split(separator: "/").dropLast().compactMap { folder in
      let parts = folder.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else { return nil }
      let value = Self.unescaped(parts[1])
      return (Self.unescaped(parts[0]), value == "__HIVE_DEFAULT_PARTITION__" ? nil : value)
    }
  }

  /// Hive writes characters that a path cannot have as "%3A"; where that is no text, it is none of its escapes.
  private static func unescaped(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(code)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self) ?? String(text)
  }

  /// More columns of text are another separator, or no table at all.
  static let mostColumns = 10_000

  /// Refuses more columns than a table of text has.
  func check(columnCount count: Int, of file: String) throws(DataError) {
    guard count <= Self.mostColumns else { throw .badSource(file, .manyColumns(count, most: Self.mostColumns)) }
  }

  /// Refuses names of columns that are repeated, or lack one that is wanted.
  package func check(_ columns: [String], of file: String) throws(DataError) {
    var known: Set<String> = []
    if let name = columns.first(where: { !known.insert($0).inserted }) {
      throw .badSource(file, .repeatedColumn(name))
    }
    for name in wanted.sorted() where !known.contains(name) {
      throw .badSource(file, .noColumn(name, near: nearestName(to: name, among: columns), columns: columns))
    }
  }
}

/// The role of a column of raw data; a column without one has the kind that its values have.
package enum ColumnRole: Sendable {
  /// Text without empty fields.
  case key
  /// Text, whatever its fields look like.
  case text
  /// A time, as a number or in ISO 8601.
  case timestamp
  /// A finite number.
  case weight
}

/// A table of raw data, read.
package struct RawTable: Sendable {
  package var columns: [Column]
  package var rows: Int
  package var rejects: [Reject]
  /// The number of lines of the files, or of rows if they have no lines.
  package var lines: Int
  /// The unit of the times; `nil` if they are spelled out, or there are none.
  package var timeUnit: TimeUnit?
  /// The rows that each condition of the request left out; `nil` if the format does not apply them.
  package var ruleCounts: [RuleCount]?
}
