import DisplayText

/// A graph of stages as SVG: each box beneath those that it reads, and no line behind a box.
struct GraphDrawing {
  struct Node {
    let name: String
    let lines: [String]
    /// The class of the box in a style sheet.
    let style: String
    /// The text that a pointer over the box shows.
    let told: String
    var level = 0
    var parents: [String] = []
    /// `true` for a place that a line goes through on its way to a stage further down.
    var isPassage = false

    var width: Int { isPassage ? GraphDrawing.passage : GraphDrawing.width }
  }

  private static let (width, height, across, down) = (168, 62, 20, 40)
  private static let passage = 24

  private var levels: [[Node]] = []

  /// - Parameter nodes: each after its parents; their levels are found here.
  init(_ nodes: [Node]) {
    var depths: [String: Int] = [:]
    let placed = nodes.map { node in
      var node = node
      if !node.parents.isEmpty { node.level = (node.parents.compactMap { depths[$0] }.max() ?? 0) + 1 }
      depths[node.name] = node.level
      return node
    }
    let all = Self.withPassages(Self.withoutDetours(placed))
    levels = Dictionary(grouping: all, by: \.level).sorted { $0.key < $1.key }.map(\.value)
    straighten()
  }

  /// Leaves out the lines to stages that a longer way leads to as well, which would cross the others.
  private static func withoutDetours(_ nodes: [Node]) -> [Node] {
    var ancestors: [String: Set<String>] = [:]
    return nodes.map { node in
      let further = node.parents.reduce(into: Set<String>()) { $0.formUnion(ancestors[$1] ?? []) }
      ancestors[node.name] = further.union(node.parents)
      var node = node
      node.parents.removeAll { further.contains($0) }
      return node
    }
  }

  /// Leads the lines that go further than to the next level through places of their own, and behind no other stage.
  private static func withPassages(_ nodes: [Node]) -> [Node] {
    let levels = Dictionary(nodes.map { ($0.name, $0.level) }) { first, _ in first }
    var passages: [String: Node] = [:]
    let nodes = nodes.map { node in
      var node = node
      node.parents = node.parents.map { parent in
        var last = parent
        let next = (levels[parent] ?? 0) + 1
        for level in next..<max(node.level, next) {
          let name = "\(parent) at level \(level)"
          passages[name] = Node(
            name: name, lines: [], style: "", told: "", level: level, parents: [last], isPassage: true)
          last = name
        }
        return last
      }
      return node
    }
    return nodes + passages.values.sorted { ($0.level, $0.name) < ($1.level, $1.name) }
  }

  /// Puts stages beneath those that they read, so that fewer lines cross.
  private mutating func straighten() {
    var places: [String: Double] = [:]
    for level in levels.indices {
      levels[level] = levels[level].enumerated().map { place, node in
        let above = node.parents.compactMap { places[$0] }
        return (above.isEmpty ? Double(place) : above.reduce(0, +) / Double(above.count), place, node)
      }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
      let count = Double(levels[level].count)
      for (place, node) in levels[level].enumerated() { places[node.name] = Double(place) - (count - 1) / 2 }
    }
  }

  /// The element, or nothing if there are no nodes.
  ///
  /// - Parameters:
  ///   - attributes: of the element, such as a name space.
  ///   - style: a style sheet for a drawing that stands by itself.
  func markup(_ attributes: String = "", style: String = "") -> String {
    func used(_ nodes: [Node]) -> Int { nodes.reduce(0) { $0 + $1.width + Self.across } - Self.across }
    guard let most = levels.map(used).max() else { return "" }
    let (total, depth) = (most + 4, levels.count * (Self.height + Self.down) - Self.down + 4)
    var places: [String: (x: Int, y: Int)] = [:]
    for (level, nodes) in levels.enumerated() {
      var x = (total - used(nodes)) / 2
      for node in nodes {
        places[node.name] = (x + node.width / 2, level * (Self.height + Self.down) + 2)
        x += node.width + Self.across
      }
    }
    let nodes = levels.joined()
    return """
      <svg class="graph"\(attributes) width="\(total)" height="\(depth)" viewBox="0 0 \(total) \(depth)" role="img" \
      aria-label="the graph of stages">\(style)\(nodes.map { lines(to: $0, places) }.joined())\
      \(nodes.filter { !$0.isPassage }.map { box($0, places) }.joined())</svg>
      """
  }

  private func lines(to node: Node, _ places: [String: (x: Int, y: Int)]) -> String {
    guard let (middle, y) = places[node.name] else { return "" }
    let x = middle - node.width / 2
    // Lines begin in the order in which the boxes stand above, so that none crosses another.
    let above = node.parents.compactMap { places[$0] }.sorted { $0.x < $1.x }
    let paths = above.enumerated().map { number, parent in
      let (start, from) = (parent.x, parent.y + Self.height)
      let end = x + node.width * (number + 1) / (above.count + 1)
      let bend = (y - from) / 2
      return "<path d=\"M\(start) \(from)C\(start) \(from + bend) \(end) \(y - bend) \(end) \(y)\"/>"
    }
    return paths.joined() + (node.isPassage ? "<path d=\"M\(middle) \(y)V\(y + Self.height)\"/>" : "")
  }

  private func box(_ node: Node, _ places: [String: (x: Int, y: Int)]) -> String {
    guard let (middle, y) = places[node.name] else { return "" }
    let x = middle - node.width / 2
    let texts = node.lines.enumerated().map { number, line in
      "<text x=\"\(x + 12)\" y=\"\(y + 37 + 15 * number)\">\(Markup.escaped(cut(line, 22)))</text>"
    }
    return "<g class=\"\(Markup.escaped(node.style))\"><title>\(Markup.escaped(node.told))</title>"
      + "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(node.width)\" height=\"\(Self.height)\" rx=\"6\"/>"
      + "<text class=\"name\" x=\"\(x + 12)\" y=\"\(y + 21)\">\(Markup.escaped(cut(node.name, 17)))</text>"
      + "\(texts.joined())</g>"
  }

  private func cut(_ text: String, _ length: Int) -> String {
    text.count > length ? "\(text.prefix(length - 1))…" : text
  }
}
