/// Columns of one length.
package struct Table: Sendable, Equatable {
  package let name: String
  package let rows: Int
  package let columns: [Column]

  /// - Precondition: every column has `rows` values, and no two have one name.
  package init(_ name: String, rows: Int, columns: [Column]) {
    for column in columns { precondition(column.count == rows, "\(column.name) has \(column.count) of \(rows) rows") }
    precondition(Set(columns.map(\.name)).count == columns.count, "two columns of one name in \(name)")
    self.name = name
    self.rows = rows
    self.columns = columns
  }

  /// Names and kinds of the columns.
  package var descriptions: [ColumnDescription] { columns.map(\.description) }

  package func column(_ name: String) -> Column? { columns.first { $0.name == name } }

  package func text(_ name: String) -> TextColumn? {
    if case .text(let column)? = column(name)?.values { column } else { nil }
  }

  package func integers(_ name: String) -> [Int64]? {
    if case .integers(let values, _)? = column(name)?.values { values } else { nil }
  }

  package func reals(_ name: String) -> [Double]? {
    if case .reals(let values, _)? = column(name)?.values { values } else { nil }
  }

  package func selecting(_ rows: [Int]) -> Table {
    Table(name, rows: rows.count, columns: columns.map { $0.selecting(rows) })
  }
}
