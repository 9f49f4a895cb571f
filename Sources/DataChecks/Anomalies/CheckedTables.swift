package import Artifacts
import Interactions
import Tables

/// The tables that are checked, to find rows in them and show what these have. Only what is wrong is looked for, so that
/// good data are not read again.
package struct CheckedTables {
  private let tables: [String: TableFile]
  private let timestamp: String?
  private let rejects: ArtifactFile?

  /// The rows that are shown of each anomaly.
  static let mostExamples = 3

  package init(
    interactions: ArtifactFile, catalog: ArtifactFile? = nil, users: ArtifactFile? = nil,
    rejects: ArtifactFile? = nil
  ) throws {
    var tables = ["interactions": try TableFile("interactions", from: interactions)]
    tables["catalog"] = try catalog.map { try TableFile("catalog", from: $0) }
    tables["users"] = try users.map { try TableFile("catalog", from: $0) }
    self.tables = tables
    self.rejects = rejects
    timestamp = try InteractionFile(interactions).roles.timestamp
  }

  /// Names of the columns of a table; `nil` if there is no such table.
  func columns(of table: String) -> [String]? { tables[table]?.columns.map(\.name) }

  /// Rows that a search found.
  struct Found {
    var count = 0
    var first: [Int] = []

    mutating func take(_ row: Int) {
      count += 1
      if first.count < CheckedTables.mostExamples { first.append(row) }
    }
  }

  /// Rows whose number is as wanted; `nil` where it is missing.
  func rows(of table: String, number column: String, where isWanted: (Double?) -> Bool) throws -> Found {
    var found = Found()
    try tables[table]?.forEachPart(ofNumbers: column) { part, flags, first in
      for place in part.indices where isWanted(!flags.isEmpty && flags[place] == 0 ? nil : part[place]) {
        found.take(first + place)
      }
    }
    return found
  }

  /// Rows whose text is as wanted.
  func rows(of table: String, text column: String, where isWanted: (String) -> Bool) throws -> Found {
    var found = Found()
    guard let table = tables[table] else { return found }
    var stream = try table.text(column)
    let dictionary = stream.dictionary
    let wanted = dictionary.indices.map { isWanted(dictionary[$0]) }
    try table.forEachPart(of: &stream) { part, first in
      for place in part.indices where wanted[Int(part[place])] { found.take(first + place) }
    }
    return found
  }

  /// Returns the rows' values, as "row 17: user 5, item Alien, timestamp 1700000000 (2023-11-14 22:13:20)".
  func shown(_ found: Found, of name: String) throws -> [String] {
    guard let table = tables[name], let last = found.first.last else { return [] }
    var cells = found.first.map { _ in [String]() }
    for column in table.columns {
      let values = try values(of: column, table, rows: found.first, last: last)
      for (place, value) in values.enumerated() where !value.isEmpty {
        let day = name == "interactions" && column.name == timestamp ? Self.day(value) : ""
        cells[place].append("\(column.name) \(Self.shortened(value))\(day)")
      }
    }
    return zip(found.first, cells).map { "row \($0 + 1): \($1.joined(separator: ", "))" }
  }

  /// The first of the rows that could not be read.
  func shownRejects() throws -> [String] {
    guard let rejects else { return [] }
    let table = try Table("rejects", from: rejects)
    return (0..<min(table.rows, Self.mostExamples)).map { row in
      let cell = { table.column($0)?.text(row) ?? "" }
      return "\(cell("file")): line \(cell("line")): " + (cell("field").isEmpty ? "" : "field \"\(cell("field"))\": ")
        + cell("reason")
    }
  }

  private func values(of column: ColumnDescription, _ table: TableFile, rows: [Int], last: Int) throws -> [String] {
    var values: [String] = []
    var next = 0
    var first = 0
    func take(_ count: Int, _ value: (Int) -> String) {
      while next < rows.count, rows[next] < first + count {
        values.append(value(rows[next] - first))
        next += 1
      }
      first += count
    }
    switch column.kind {
    case .integer, .real:
      var stream = try table.numbers(column.name)
      var part: [Double] = []
      while first <= last {
        _ = try stream.next(min(TableFile.partRows, table.rows - first), into: &part)
        take(part.count) { stream.flags.isEmpty || stream.flags[$0] != 0 ? text(of: part[$0]) : "" }
      }
    case .text:
      var stream = try table.text(column.name)
      var part: [UInt32] = []
      while first <= last {
        try stream.next(min(TableFile.partRows, table.rows - first), into: &part)
        take(part.count) { stream.dictionary[Int(part[$0])] }
      }
    case .textList: return rows.map { _ in "" }
    }
    return values
  }

  private static func day(_ value: String) -> String {
    guard let seconds = Int64(value), abs(seconds) < 1 << 53 else { return "" }
    return " (\(CivilTime.text(seconds)))"
  }

  private static func shortened(_ text: String) -> String { text.count > 60 ? "\(text.prefix(59))…" : text }
}
