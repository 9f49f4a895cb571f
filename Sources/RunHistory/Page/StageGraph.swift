import Artifacts
import DisplayText
import Pipeline

/// The stages of a run as a drawing: what each read, what became of it, why, and how long it took. The origin of an
/// input is found by its digest, so that the record alone is enough.
struct StageGraph {
  private struct Node {
    let name: String
    let lines: [String]
    let style: String
    let told: String
    var level = 0
    var parents: [String] = []
  }

  private static let (width, height, across, down) = (168, 62, 20, 40)

  private var levels: [[Node]] = []

  init(_ run: StoredRun) {
    var makers: [Digest: String] = [:]
    var nodes: [Node] = []
    for (name, digest) in run.sources.sorted(by: { $0.key < $1.key }) {
      makers[digest] = name
      nodes.append(Node(name: name, lines: ["source", digest.short], style: "source", told: "source \(name)"))
    }
    for stage in run.stages {
      let parents = Set(stage.inputs.values.compactMap { makers[$0] }).sorted()
      let level = nodes.filter { parents.contains($0.name) }.map(\.level).max() ?? 0
      for digest in stage.outputs.values where makers[digest] == nil { makers[digest] = stage.name }
      let seconds = stage.seconds.map { ", \(decimals($0, 2)) s" } ?? ""
      nodes.append(
        Node(
          name: stage.name, lines: ["\(stage.result)\(seconds)", Self.brief(stage.reasons)], style: stage.result,
          told: "\(stage.name): \(stage.result)\(seconds), \(stage.reasons); reads \(parents.joined(separator: ", "))",
          level: level + 1, parents: parents))
    }
    nodes = Self.withoutDetours(nodes)
    levels = Dictionary(grouping: nodes, by: \.level).sorted { $0.key < $1.key }.map(\.value)
    straighten()
  }

  /// Reasons without the digests of inputs, which have no room in a box.
  private static func brief(_ reasons: String) -> String {
    reasons.split(separator: ", ").map { reason in
      reason.hasPrefix("input ") ? reason.split(separator: " ").prefix(2).joined(separator: " ") : String(reason)
    }.joined(separator: ", ")
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

  var markup: String {
    guard let most = levels.map(\.count).max() else { return "" }
    let (width, height) = (Self.width, Self.height)
    let total = most * (width + Self.across) - Self.across + 4
    let depth = levels.count * (height + Self.down) - Self.down + 4
    var places: [String: (x: Int, y: Int)] = [:]
    for (level, nodes) in levels.enumerated() {
      let used = nodes.count * (width + Self.across) - Self.across
      for (place, node) in nodes.enumerated() {
        places[node.name] = ((total - used) / 2 + place * (width + Self.across), level * (height + Self.down) + 2)
      }
    }
    var lines = ""
    var boxes = ""
    for node in levels.joined() {
      guard let (x, y) = places[node.name] else { continue }
      for (number, parent) in node.parents.enumerated() {
        guard let above = places[parent] else { continue }
        let end = x + width * (number + 1) / (node.parents.count + 1)
        let (start, from) = (above.x + width / 2, above.y + height)
        let bend = (y - from) / 2
        lines += "<path d=\"M\(start) \(from)C\(start) \(from + bend) \(end) \(y - bend) \(end) \(y)\"/>"
      }
      boxes +=
        "<g class=\"\(Markup.escaped(node.style))\"><title>\(Markup.escaped(node.told))</title>"
        + "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\" rx=\"6\"/>"
        + "<text class=\"name\" x=\"\(x + 12)\" y=\"\(y + 21)\">\(Markup.escaped(cut(node.name, 20)))</text>"
      for (number, line) in node.lines.enumerated() {
        boxes += "<text x=\"\(x + 12)\" y=\"\(y + 37 + 15 * number)\">\(Markup.escaped(cut(line, 23)))</text>"
      }
      boxes += "</g>"
    }
    return """
      <div class="scroll"><svg class="graph" width="\(total)" height="\(depth)" viewBox="0 0 \(total) \(depth)" role="img" \
      aria-label="the graph of stages">\(lines)\(boxes)</svg></div>

      """
  }

  private func cut(_ text: String, _ length: Int) -> String {
    text.count > length ? "\(text.prefix(length - 1))…" : text
  }
}
