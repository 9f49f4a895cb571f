import Artifacts
import CanonicalJSON
import SystemFiles
import Tables

/// Who did something with what: one row an event, raw ids as text, and the roles of the columns.
package struct Interactions: Sendable, Equatable {
  package static let type = ArtifactType("interactions", version: 1)

  package struct Roles: Sendable, Equatable {
    package var query: String
    package var candidate: String
    package var timestamp: String?
    package var weight: String?
    /// What the query chose before: a text column, for item-to-item recommendation.
    package var previous: String?

    package init(
      query: String, candidate: String, timestamp: String? = nil, weight: String? = nil, previous: String? = nil
    ) {
      self.query = query
      self.candidate = candidate
      self.timestamp = timestamp
      self.weight = weight
      self.previous = previous
    }
  }

  package let table: Table
  package let roles: Roles

  package var count: Int { table.rows }

  /// - Precondition: the columns that the roles name exist; query and candidate are text.
  package init(columns: [Column], rows: Int, roles: Roles) {
    table = Table("interactions", rows: rows, columns: columns)
    self.roles = roles
  }

  private init(table: Table, roles: Roles) {
    self.table = table
    self.roles = roles
  }

  package func selecting(_ rows: [Int]) -> Interactions { Interactions(table: table.selecting(rows), roles: roles) }

  /// A text column, or the line that says which there are.
  package func text(_ column: String) throws -> TextColumn {
    guard let text = table.text(column) else {
      let names = table.columns.filter { $0.kind == "text" }.map { "\"\($0.name)\"" }
      throw DataError.noColumn(column, of: "interactions", there: names.joined(separator: ", "))
    }
    return text
  }

  /// A column of numbers, none of them missing.
  package func numbers(_ column: String) throws(DataError) -> [Double] {
    let (values, present): ([Double], [UInt8]?)
    switch table.column(column)?.values {
    case .integers(let integers, let flags): (values, present) = (integers.map { Double($0) }, flags)
    case .reals(let reals, let flags): (values, present) = (reals, flags)
    default:
      let names = table.columns.filter { ["integer", "real"].contains($0.kind) }.map { "\"\($0.name)\"" }
      throw .noColumn(column, of: "interactions", there: names.joined(separator: ", "))
    }
    if let row = present?.firstIndex(of: 0) { throw .missingNumber(column: column, row: row) }
    return values
  }

  /// Seconds since 1970 of every row, or the line that says what is missing.
  package func times() throws(DataError) -> [Int64] {
    guard let name = roles.timestamp, case .integers(let times, let present)? = table.column(name)?.values else {
      throw .noTimes
    }
    if let row = present?.firstIndex(of: 0) { throw .noTime(column: name, row: row) }
    return times
  }

  /// - Parameter facts: what the summary says beside what the rows themselves tell.
  package func publish(to path: String, lineage: Lineage, facts: [Summary.Item] = []) throws {
    var names: JSON = ["query": JSON(roles.query), "candidate": JSON(roles.candidate)]
    if case .object(var fields) = names {
      fields["timestamp"] = roles.timestamp.map { JSON($0) }
      fields["weight"] = roles.weight.map { JSON($0) }
      fields["previous"] = roles.previous.map { JSON($0) }
      names = .object(fields)
    }
    let writer = try ArtifactWriter(path: path, type: Self.type, schema: ["tables": [table.schema], "roles": names])
    try table.write(to: writer)
    try writer.publish(lineage: lineage, summary: Summary(try summary().items + facts))
  }

  private func summary() throws -> Summary {
    var items: [Summary.Item] = [
      .fact("rows", "\(count)"),
      .fact("distinct \(roles.query)", "\(try text(roles.query).dictionary.count)"),
      .fact("distinct \(roles.candidate)", "\(try text(roles.candidate).dictionary.count)"),
    ]
    if let name = roles.timestamp, let times = table.integers(name), let first = times.min(), let last = times.max() {
      items.append(.fact(name, "\(CivilTime.text(first)) to \(CivilTime.text(last))"))
    }
    return Summary(items)
  }

  package init(_ file: ArtifactFile) throws {
    let table = try Table("interactions", from: file)
    self = try naming(file.path) {
      Interactions(table: table, roles: try Roles(file.header.schema["roles"]) { table.text($0) != nil })
    }
  }
}

extension Interactions.Roles {
  /// As the schema of an artifact has them.
  init(_ json: JSON?, isText: (String) -> Bool) throws(ArtifactError) {
    guard let query = json?["query"]?.string, let candidate = json?["candidate"]?.string, isText(query),
      isText(candidate)
    else { throw .malformed(part: "schema", reason: "its roles name no text columns") }
    self.init(
      query: query, candidate: candidate, timestamp: json?["timestamp"]?.string, weight: json?["weight"]?.string,
      previous: json?["previous"]?.string)
  }
}
