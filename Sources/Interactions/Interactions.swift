package import Artifacts
import CanonicalJSON
import SystemFiles
package import Tables

/// Interactions of queries with candidates: one row an event, raw ids as text, and the roles of the columns.
package struct Interactions: Sendable, Equatable {
  package static let type = ArtifactType("interactions", version: 1)

  /// The names of the columns that have a role.
  package struct Roles: Sendable, Equatable {
    package var query: String
    package var candidate: String
    package var timestamp: String?
    package var weight: String?
    /// The column of what the query chose before: a text column, for item-to-item recommendation.
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

  /// A text column.
  ///
  /// - Throws: `DataError` that lists the text columns, if it is none of them.
  package func text(_ column: String) throws(DataError) -> TextColumn {
    guard let text = table.text(column) else {
      throw .noColumn(column, of: "interactions", in: table.descriptions, kinds: [.text])
    }
    return text
  }

  /// A column of numbers; `nil` where one is missing.
  ///
  /// - Throws: `DataError` that lists the columns of numbers, if it is none of them.
  package func possibleNumbers(_ column: String) throws(DataError) -> [Double?] {
    func values<Number>(_ numbers: [Number], _ present: [UInt8]?, _ real: (Number) -> Double) -> [Double?] {
      numbers.indices.map { present?[$0] == 0 ? nil : real(numbers[$0]) }
    }
    switch table.column(column)?.values {
    case .integers(let numbers, let present): return values(numbers, present) { Double($0) }
    case .reals(let numbers, let present): return values(numbers, present) { $0 }
    default: throw .noColumn(column, of: "interactions", in: table.descriptions, kinds: [.integer, .real])
    }
  }

  /// Seconds since 1970 of every row.
  ///
  /// - Throws: `DataError` if there are no times, or one is missing.
  package func times() throws(DataError) -> [Int64] {
    let name = try roles.times(in: table.descriptions)
    guard case .integers(let times, let present)? = table.column(name)?.values else { throw .noTimes }
    if let row = present?.firstIndex(of: 0) { throw .missingNumber(column: name, row: row) }
    return times
  }

  /// - Parameters:
  ///   - facts: of the summary, beside those of the rows themselves.
  ///   - threads: that compress.
  package func publish(
    to path: String, lineage: Lineage, facts: [Summary.Item] = [], threads: Int = 1
  ) throws {
    let writer = try ArtifactWriter(
      path: path, type: Self.type, schema: ["tables": [table.schema], "roles": roles.json], threads: threads)
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
    let roles = try naming(file.path) { try Roles(file.header.schema["roles"], columns: table.descriptions) }
    self.init(table: table, roles: roles)
  }
}

extension Interactions.Roles {
  /// Roles as the schema of an artifact has them.
  init(_ json: JSON?, columns: [ColumnDescription]) throws(ArtifactError) {
    guard let query = json?["query"]?.string, let candidate = json?["candidate"]?.string,
      [query, candidate].allSatisfy({ columns.contains(ColumnDescription(name: $0, kind: .text)) })
    else { throw .malformed(part: "schema", reason: .notTextColumns("list of roles")) }
    self.init(
      query: query, candidate: candidate, timestamp: json?["timestamp"]?.string, weight: json?["weight"]?.string,
      previous: json?["previous"]?.string)
  }

  /// Roles as they are written into a schema.
  var json: JSON {
    var fields: [String: JSON] = ["query": JSON(query), "candidate": JSON(candidate)]
    fields["timestamp"] = timestamp.map { JSON($0) }
    fields["weight"] = weight.map { JSON($0) }
    fields["previous"] = previous.map { JSON($0) }
    return .object(fields)
  }

  /// The column of times, in seconds since 1970.
  func times(in columns: [ColumnDescription]) throws(DataError) -> String {
    guard let timestamp, columns.contains(ColumnDescription(name: timestamp, kind: .integer)) else { throw .noTimes }
    return timestamp
  }
}
