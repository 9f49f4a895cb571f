extension Summary {
  /// Lines for a terminal.
  package var lines: [String] { items.flatMap { Self.lines(of: $0) } }

  package static func lines(of item: Item) -> [String] {
    switch item {
    case .fact(let name, let value): return ["\(name.printable): \(value.printable)"]
    case .list(let title, let items): return ["\(title.printable):"] + items.map { "  \($0.printable)" }
    case .table(let title, let columns, let rows):
      return ["\(title.printable):"] + grid([columns] + rows).map { "  \($0)" }
    case .curve(let title, let x, let y, let points):
      let rows = points.enumerated().map { ["\($0 + 1)", readable($1), bar($1, among: points)] }
      return ["\(title.printable):"] + grid([[x, y, ""]] + rows).map { "  \($0)" }
    }
  }

  /// A bar from the least of the points, which gets a short one, to the greatest.
  private static func bar(_ value: Double, among points: [Double]) -> String {
    guard value.isFinite, let least = points.min(), let greatest = points.max(), greatest > least else { return "" }
    return String(repeating: "█", count: 2 + Int(((value - least) / (greatest - least) * 30).rounded()))
  }

  /// Cells in columns: numbers to the right, words to the left.
  package static func grid(_ cells: [[String]]) -> [String] {
    let rows = cells.map { $0.map(\.printable) }
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    let numeric = (0..<columns).map { column in
      rows.dropFirst().allSatisfy { column >= $0.count || $0[column].isEmpty || Double($0[column]) != nil }
    }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return numeric[column] ? space + cell : cell + space
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
