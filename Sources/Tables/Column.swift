/// The kind of a column's values, as a schema names it.
package enum ColumnKind: String, CaseIterable, Sendable, CustomStringConvertible {
  case integer, real, text
  case textList = "text-list"

  package var description: String { rawValue }
}

/// A column's name and kind, without its values.
package struct ColumnDescription: Sendable, Equatable {
  package let name: String
  package let kind: ColumnKind

  package init(name: String, kind: ColumnKind) {
    self.name = name
    self.kind = kind
  }
}

/// A named column; numbers may be missing where `present` is 0. Columns that read the same are the same: what stands
/// for a missing number is 0, and `present` is nil where none is missing.
package struct Column: Sendable, Equatable {
  /// The values of a column, by its type.
  package enum Values: Sendable, Equatable {
    case integers([Int64], present: [UInt8]?)
    case reals([Double], present: [UInt8]?)
    case text(TextColumn)
    /// Row r has the items `starts[r]..<starts[r + 1]`.
    case textLists(starts: [UInt64], TextColumn)
  }

  package let name: String
  package let values: Values

  package init(_ name: String, _ values: Values) {
    self.name = name
    self.values =
      switch values {
      case .integers(let values, let present?): Self.canonical(values, present) { .integers($0, present: $1) }
      case .reals(let values, let present?): Self.canonical(values, present) { .reals($0, present: $1) }
      default: values
      }
  }

  private static func canonical<Number: Numeric>(
    _ values: [Number], _ present: [UInt8], _ make: ([Number], [UInt8]?) -> Values
  ) -> Values {
    precondition(present.count == values.count, "\(present.count) presence flags for \(values.count) values")
    guard present.contains(0) else { return make(values, nil) }
    return make(zip(values, present).map { $1 == 0 ? 0 : $0 }, present.map { $0 == 0 ? 0 : 1 })
  }

  package init(_ name: String, text: [String]) { self.init(name, .text(TextColumn(text))) }

  package init(_ name: String, integers: [Int64?]) {
    self.init(name, .integers(integers.map { $0 ?? 0 }, present: Self.presence(integers.map { $0 != nil })))
  }

  package init(_ name: String, reals: [Double?]) {
    self.init(name, .reals(reals.map { $0 ?? 0 }, present: Self.presence(reals.map { $0 != nil })))
  }

  package init(_ name: String, textLists: [[String]]) {
    var starts: [UInt64] = [0]
    for list in textLists { starts.append((starts.last ?? 0) + UInt64(list.count)) }
    self.init(name, .textLists(starts: starts, TextColumn(Array(textLists.joined()))))
  }

  private static func presence(_ flags: [Bool]) -> [UInt8]? { flags.allSatisfy { $0 } ? nil : flags.map { $0 ? 1 : 0 } }

  package var count: Int {
    switch values {
    case .integers(let values, _): values.count
    case .reals(let values, _): values.count
    case .text(let column): column.codes.count
    case .textLists(let starts, _): starts.count - 1
    }
  }

  package var kind: ColumnKind {
    switch values {
    case .integers: .integer
    case .reals: .real
    case .text: .text
    case .textLists: .textList
    }
  }

  package var description: ColumnDescription { ColumnDescription(name: name, kind: kind) }

  /// The value of a row as people read it; empty where it is missing.
  package func text(_ row: Int) -> String {
    switch values {
    case .integers(let values, let present): present?[row] == 0 ? "" : String(values[row])
    case .reals(let values, let present): present?[row] == 0 ? "" : Self.number(values[row])
    case .text(let column): column[row]
    case .textLists(let starts, let items):
      (starts[row]..<starts[row + 1]).map { items[Int($0)] }.joined(separator: "|")
    }
  }

  private static func number(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  package func selecting(_ rows: [Int]) -> Column {
    switch values {
    case .integers(let values, let present):
      Column(name, integers: rows.map { present?[$0] == 0 ? nil : values[$0] })
    case .reals(let values, let present):
      Column(name, reals: rows.map { present?[$0] == 0 ? nil : values[$0] })
    case .text(let column): Column(name, .text(column.selecting(rows)))
    case .textLists(let starts, let items):
      Column(name, textLists: rows.map { row in (starts[row]..<starts[row + 1]).map { items[Int($0)] } })
    }
  }
}
