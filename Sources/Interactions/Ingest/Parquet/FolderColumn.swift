import Tables

/// A column that folders give, as in "day=2026-11-28/part-0.parquet": one value for all rows of a part.
struct FolderColumn {
  let name: String
  /// The parts whose value can be read, a fault for each of the others, and a row for each of the former.
  private(set) var parts: [Int] = []
  private(set) var faults: [Int: RowFault] = [:]
  private var rows: RowBuilder

  private struct Row: RawRow {
    let value: RawValue
    var count: Int { 1 }
    subscript(field: Int) -> RawValue { value }
  }

  /// - Parameter values: of all parts; `nil` where it is missing.
  init(_ name: String, _ values: [String?], _ request: TableRequest) {
    self.name = name
    // Conditions are asked of whole rows.
    var rules = request.rules
    rules.keep = []
    rows = RowBuilder([name], TableRequest(part: request.part, roles: request.roles, rules: rules))
    for (part, value) in values.enumerated() {
      if let problem = rows.append(Row(value: value.map { .text(Array($0.utf8)[...]) } ?? .missing)) {
        faults[part] = problem.fault
      } else {
        parts.append(part)
      }
    }
  }

  /// The unit of the column's times; `nil` if it has none.
  var timeUnit: TimeUnit? { rows.timeUnit }

  /// The column of all rows.
  ///
  /// - Parameter counts: of the rows of each part; 0 of those with a fault.
  func column(_ counts: [Int]) -> Column { rows.columns[0].repeating(parts.map { counts[$0] }) }
}
