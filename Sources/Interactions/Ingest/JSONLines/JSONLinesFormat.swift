import Artifacts
import CanonicalJSON
import Tables

/// JSON Lines: an object a line, of which each field is a column. Fields of objects inside have names with dots, such
/// as `user.id`; arrays of plain values are lists, and others stay JSON.
package struct JSONLinesFormat: TableFormat {
  /// A line is held in memory.
  static let longestLine = 64 << 20
  static let deepest = 16
  /// Every column has a place for every row.
  static let mostColumns = 1000

  package var encoding = TextEncoding.utf8

  package init() {}

  package func read(parts: [String], _ request: TableRequest) throws -> RawTable {
    var table = JSONTable(request)
    var rejects: [Reject] = []
    var lines = 0
    for path in parts {
      let name = request.name(of: path)
      let start = try DecodedFile(path: path).start()
      let encoding = TextEncoding.of(start, given: encoding)
      switch encoding == .utf16 ? nil : ForeignForm(start) {
      case nil, .json?: break
      case let form?: throw DataError.badSource(name, .foreign(form, remedy: "export it as JSON Lines in UTF-8"))
      }
      let constants = request.partitions(of: path)
      lines += try EncodedFile(path: path, name: name, encoding: encoding)
        .forEachLine(limit: Self.longestLine) { line, text in
          guard !text.allSatisfy({ $0 <= 0x20 }) else { return }
          if let problem = table.append(text, constants) {
            rejects.append(Reject(file: name, place: .line(line), field: problem.field, fault: problem.fault))
          }
          guard table.rows.names.count <= Self.mostColumns else {
            throw DataError.badSource(name, .tooManyColumns(line, most: Self.mostColumns))
          }
        }
    }
    let name = parts.first.map(request.name) ?? request.source
    guard table.hasRows else {
      // Rows that are no JSON at all say more than that there is none.
      guard rejects.isEmpty else {
        throw DataError.badRows(first: rejects[0], count: rejects.count)
      }
      throw DataError.noRows(name)
    }
    try request.check(table.seen, of: name)
    return RawTable(
      columns: table.rows.columns, rows: table.rows.count, rejects: rejects,
      lines: lines, timeUnit: table.rows.timeUnit, ruleCounts: table.rows.ruleCounts)
  }
}

/// The rows of JSON Lines, whose columns come as their fields are first seen.
private struct JSONTable {
  private(set) var rows: RowBuilder
  /// Columns that some row has, in the order of their first row.
  private(set) var seen: [String] = []
  private(set) var hasRows = false
  private var fields: [String: Int] = [:]
  private var isSeen: [Bool] = []

  private struct Row: RawRow {
    var values: [RawValue]
    var count: Int { values.count }
    subscript(field: Int) -> RawValue { values[field] }
  }

  init(_ request: TableRequest) {
    // Those with a role come first, since every row needs them.
    let names = request.roles.keys.sorted()
    rows = RowBuilder(names, request)
    for (place, name) in names.enumerated() { fields[name] = place }
    isSeen = names.map { _ in false }
  }

  mutating func append(
    _ text: ArraySlice<UInt8>, _ constants: [(name: String, value: String?)]
  ) -> (field: String?, fault: RowFault)? {
    let json: JSON
    do throws(JSONError) {
      json = try JSON.parse(text, depth: JSONLinesFormat.deepest)
    } catch { return (nil, .notJSON("\(error)")) }
    guard let object = json.object else { return (nil, .notAnObject) }
    hasRows = true
    var row = Row(values: Array(repeating: .missing, count: rows.names.count))
    flatten(object, "", &row)
    for (name, value) in constants {
      // What the line says itself is nearer than the name of its folder.
      if let field = fields[name] { if case .missing = row.values[field] {} else { continue } }
      place(name, value.map { .text(Array($0.utf8)[...]) } ?? .missing, &row)
    }
    guard let problem = rows.append(row) else { return nil }
    return (problem.field.flatMap { rows.name($0) }, problem.fault)
  }

  private mutating func flatten(_ object: [String: JSON], _ prefix: String, _ row: inout Row) {
    for (key, value) in object.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      let name = prefix + key
      switch value {
      case .null: place(name, .missing, &row)
      case .bool(let value): place(name, .text(Array((value ? "true" : "false").utf8)[...]), &row)
      case .integer(let number): place(name, .integer(number), &row)
      case .number(let number): place(name, .real(number), &row)
      case .string(let text): place(name, .text(Array(text.utf8)[...]), &row)
      case .array(let items): place(name, Self.list(items) ?? .text(Array(value.text.utf8)[...]), &row)
      case .object(let inner): flatten(inner, "\(name).", &row)
      }
    }
  }

  /// The texts of plain values; `nil` if one is none.
  private static func list(_ items: [JSON]) -> RawValue? {
    var texts: [ArraySlice<UInt8>] = []
    for item in items {
      switch item {
      case .null: continue
      case .bool(let value): texts.append(Array((value ? "true" : "false").utf8)[...])
      case .integer(let number): texts.append(Array("\(number)".utf8)[...])
      case .number(let number): texts.append(Array("\(number)".utf8)[...])
      case .string(let text): texts.append(Array(text.utf8)[...])
      case .array, .object: return nil
      }
    }
    return .list(texts)
  }

  private mutating func place(_ name: String, _ value: RawValue, _ row: inout Row) {
    let field = fields[name] ?? row.values.count
    if field == row.values.count {
      fields[name] = field
      rows.addColumn(name)
      row.values.append(.missing)
      isSeen.append(false)
    }
    if !isSeen[field] {
      isSeen[field] = true
      seen.append(name)
    }
    row.values[field] = value
  }
}
