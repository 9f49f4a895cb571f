package import CanonicalJSON

/// A summary of an artifact for people, in a form that any program can print without knowing the stage.
package struct Summary: Sendable, Equatable {
  /// An entry of a summary.
  package enum Item: Sendable, Equatable {
    case fact(String, String)
    case list(title: String, items: [String])
    case table(title: String, columns: [String], rows: [[String]])
    /// Points of a curve, such as a loss by epoch.
    case curve(title: String, x: String, y: String, points: [Double])
  }

  package var items: [Item]
  /// The few things that the end of a run shows of it.
  package var highlights: [Item]

  package init(_ items: [Item] = [], highlights: [Item] = []) {
    self.items = items
    self.highlights = highlights
  }

  package var json: JSON {
    .array(items.map(Self.json) + highlights.map { ["kind": "highlight", "item": Self.json($0)] })
  }

  private static func json(_ item: Item) -> JSON {
    switch item {
    case .fact(let name, let value): ["kind": "fact", "name": JSON(name), "value": JSON(value)]
    case .list(let title, let items): ["kind": "list", "title": JSON(title), "items": JSON(items)]
    case .table(let title, let columns, let rows):
      [
        "kind": "table", "title": JSON(title), "columns": JSON(columns), "rows": .array(rows.map { JSON($0) }),
      ]
    case .curve(let title, let x, let y, let points):
      [
        "kind": "curve", "title": JSON(title), "x": JSON(x), "y": JSON(y),
        "points": .array(points.map { .number($0) }),
      ]
    }
  }

  /// Reads known items and ignores others: a summary is for people, and newer ones may have more.
  package init(_ json: JSON?) {
    let entries = json?.array ?? []
    items = entries.compactMap(Self.item)
    highlights = entries.filter { $0["kind"]?.string == "highlight" }.compactMap { $0["item"].flatMap(Self.item) }
  }

  private static func item(_ item: JSON) -> Item? {
    let strings = { (json: JSON?) in json?.array?.compactMap { $0.string } ?? [] }
    switch item["kind"]?.string {
    case "fact": return .fact(item["name"]?.string ?? "", item["value"]?.string ?? "")
    case "list": return .list(title: item["title"]?.string ?? "", items: strings(item["items"]))
    case "table":
      return .table(
        title: item["title"]?.string ?? "", columns: strings(item["columns"]),
        rows: (item["rows"]?.array ?? []).map { strings($0) })
    case "curve":
      return .curve(
        title: item["title"]?.string ?? "", x: item["x"]?.string ?? "", y: item["y"]?.string ?? "",
        points: (item["points"]?.array ?? []).map { $0.number ?? .nan })
    default: return nil
    }
  }
}
