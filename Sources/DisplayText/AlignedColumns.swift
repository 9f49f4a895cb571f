/// Cells in columns: numbers to the right, words to the left.
package func alignedColumns(_ cells: [[String]]) -> [String] {
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
