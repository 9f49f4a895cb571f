import Artifacts
import DisplayText
package import Tables

/// A format of files that hold one table each, or several of which one is read.
package protocol TableFormat: Sendable {
  /// The end of the names of files that hold parts of one table, if a folder of such parts is read as one.
  var partSuffix: String? { get }

  /// `true` if the file of interactions holds a table of candidates too.
  var holdsCatalog: Bool { get }

  /// Reads a file into typed columns, checking each row as it comes.
  ///
  /// - Parameter request: the columns that have a role; one that the file does not have is refused.
  /// - Throws: `DataError` if the file as a whole cannot be read. Rows that cannot be read are listed in the table.
  func read(_ path: String, _ request: TableRequest) throws -> RawTable

  /// Reads the parts of one table, in their order.
  func read(parts: [String], _ request: TableRequest) throws -> RawTable
}

extension TableFormat {
  package var partSuffix: String? { nil }

  package var holdsCatalog: Bool { false }

  package func read(parts: [String], _ request: TableRequest) throws -> RawTable {
    precondition(parts.count == 1, "\(parts.count) files of a format without parts")
    return try read(parts[0], request)
  }
}

/// The purpose for which a table is read.
package struct TableRequest: Sendable {
  package enum Part: Sendable { case interactions, catalog }

  package let part: Part
  /// Roles by the names of the columns.
  package let roles: [String: ColumnRole]

  /// Refuses names of columns that are repeated, or lack one that has a role.
  package func check(_ columns: [String], of file: String) throws(DataError) {
    if let name = columns.first(where: { name in columns.count { $0 == name } > 1 }) {
      throw .badSource(file, .repeatedColumn(name))
    }
    for name in roles.keys.sorted() where !columns.contains(name) {
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
  /// The number of lines of the file, or of rows if it has no lines.
  package var lines: Int
  /// The unit of the times; `nil` if they are spelled out, or there are none.
  package var timeUnit: TimeUnit?
}
