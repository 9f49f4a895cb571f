import DisplayText

/// Pieces of HTML. Whatever comes from data is given as text, and escaped here.
enum Markup {
  /// Text as it may stand in an element or in a quoted attribute.
  static func escaped(_ text: some StringProtocol) -> String {
    var escaped = ""
    for scalar in text.printable.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// An element around markup.
  static func element(_ name: String, _ attributes: [String: String] = [:], _ markup: String) -> String {
    let list = attributes.sorted { $0.key < $1.key }.map { " \($0)=\"\(escaped($1))\"" }.joined()
    return "<\(name)\(list)>\(markup)</\(name)>"
  }

  static func section(_ title: String, _ markup: String) -> String {
    markup.isEmpty ? "" : "<section><h2>\(escaped(title))</h2>\n\(markup)\n</section>\n"
  }

  /// The most columns that a telephone has room for, and the characters of a cell that leave it room for fewer.
  private static let narrowColumns = 3
  private static let longCell = 30
  /// Cells of up to so many characters are not broken into lines, dates above all.
  private static let shortCell = 20

  /// A table that scrolls by itself where it is too wide for the page. On a telephone, rows of many columns are told one
  /// after another.
  ///
  /// - Parameters:
  ///   - head: markup without elements.
  ///   - rows: markup of cells; those of columns that hold numbers alone are set to the right.
  static func table(_ head: [String], _ rows: [[String]]) -> String {
    guard !rows.isEmpty else { return "" }
    let isNumeric = head.indices.map { column in
      rows.allSatisfy { column >= $0.count || $0[column].isEmpty || Double($0[column]) != nil }
    }
    let hasLongCells = rows.joined().contains { $0.count > longCell && !$0.contains("<") }
    let isWide = head.count > narrowColumns || head.count == narrowColumns && hasLongCells
    func cells(_ name: String, _ row: [String]) -> String {
      row.enumerated().map { column, cell in
        let isRight = column < isNumeric.count && isNumeric[column]
        let isShort = cell.count <= shortCell && !cell.contains("<")
        let classes = (isRight ? ["number"] : []) + (isShort && name == "td" ? ["whole"] : [])
        let label = isWide && name == "td" && column > 0 && column < head.count ? head[column] : ""
        return "<\(name)\(classes.isEmpty ? "" : " class=\"\(classes.joined(separator: " "))\"")"
          + "\(label.isEmpty ? "" : " data-label=\"\(label)\"")>\(cell)</\(name)>"
      }.joined()
    }
    let body = rows.map { "<tr>\(cells("td", $0))</tr>" }.joined(separator: "\n")
    return
      "<div class=\"scroll\"><table\(isWide ? " class=\"wide\"" : "")><thead><tr>\(cells("th", head))</tr></thead>\n<tbody>\(body)</tbody></table></div>"
  }

  /// A table of texts.
  static func table(text head: [String], _ rows: [[String]]) -> String {
    table(head.map { escaped($0) }, rows.map { $0.map { escaped($0) } })
  }
}
