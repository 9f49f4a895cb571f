/// Lines at the bottom of a terminal that are drawn again in place, and the text that passes above them.
///
/// The bytes for the terminal are returned, so that whoever draws writes them at once.
package struct LiveRows: Sendable {
  /// Columns of each line that stands on the screen.
  private var drawn: [Int] = []

  package init() {}

  /// Takes away the lines, writes `text` in their place, and the new lines below it.
  ///
  /// - Parameters:
  ///   - text: whole lines, each with its end; empty if there is none.
  ///   - lines: without their ends, each of fewer columns than `columns`.
  ///   - widths: the columns of each line, which escape sequences have none of.
  package mutating func draw(above text: String = "", lines: [String], widths: [Int], columns: Int) -> String {
    var bytes = erase(columns: columns)
    bytes += text
    for line in lines { bytes += "\(line)\u{1b}[K\n" }
    drawn = widths
    return bytes
  }

  /// Moves back to the first line, and erases everything from there on. A line that was drawn in a wider window takes
  /// several now.
  private mutating func erase(columns: Int) -> String {
    guard !drawn.isEmpty else { return "" }
    let height = drawn.reduce(0) { $0 + max(1, ($1 + columns - 1) / max(columns, 1)) }
    drawn = []
    return "\u{1b}[\(height)A\r\u{1b}[J"
  }
}
