import Artifacts

/// The summary of an artifact, as HTML.
enum SummarySection {
  static func markup(_ items: [Summary.Item]) -> String {
    var markup = ""
    var facts: [(String, String)] = []
    func close() {
      guard !facts.isEmpty else { return }
      let list = facts.map { "<div><dt>\(Markup.escaped($0))</dt><dd>\(Markup.escaped($1))</dd></div>" }
      markup += "<dl>\(list.joined(separator: "\n"))</dl>\n"
      facts = []
    }
    for item in items {
      if case .fact(let name, let value) = item {
        facts.append((name, value))
        continue
      }
      close()
      markup += one(item)
    }
    close()
    return markup
  }

  private static func one(_ item: Summary.Item) -> String {
    switch item {
    case .fact(let name, let value): "<p>\(Markup.escaped(name)): \(Markup.escaped(value))</p>\n"
    case .list(let title, let items):
      "<h4>\(Markup.escaped(title))</h4>\n<ul>"
        + items.map { "<li>\(Markup.escaped($0))</li>" }.joined(separator: "\n") + "</ul>\n"
    case .table(let title, let columns, let rows):
      "<h4>\(Markup.escaped(title))</h4>\n\(Markup.table(text: columns, rows))\n"
    case .curve(let title, let x, let y, let points): CurvePlot(title: title, x: x, y: y, points: points).markup
    }
  }
}
