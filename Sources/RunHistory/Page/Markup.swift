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

  /// A table that scrolls by itself where it is too wide for the page.
  ///
  /// - Parameter rows: markup of cells; those of columns that hold numbers alone are set to the right.
  static func table(_ head: [String], _ rows: [[String]]) -> String {
    guard !rows.isEmpty else { return "" }
    let isNumeric = head.indices.map { column in
      rows.allSatisfy { column >= $0.count || $0[column].isEmpty || Double($0[column]) != nil }
    }
    func cells(_ name: String, _ row: [String]) -> String {
      row.enumerated().map { column, cell in
        let isRight = column < isNumeric.count && isNumeric[column]
        return "<\(name)\(isRight ? " class=\"number\"" : "")>\(cell)</\(name)>"
      }.joined()
    }
    let body = rows.map { "<tr>\(cells("td", $0))</tr>" }.joined(separator: "\n")
    return
      "<div class=\"scroll\"><table><thead><tr>\(cells("th", head))</tr></thead>\n<tbody>\(body)</tbody></table></div>"
  }

  /// A table of texts.
  static func table(text head: [String], _ rows: [[String]]) -> String {
    table(head.map { escaped($0) }, rows.map { $0.map { escaped($0) } })
  }
}
