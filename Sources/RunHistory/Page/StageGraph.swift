import Artifacts
import DisplayText
import Pipeline

/// The stages of a run as a drawing: what each read, what became of it, why, and how long it took. The origin of an
/// input is found by its digest, so that the record alone is enough.
struct StageGraph {
  private let drawing: GraphDrawing

  init(_ run: StoredRun) {
    var makers: [Digest: String] = [:]
    var nodes: [GraphDrawing.Node] = []
    for (name, digest) in run.sources.sorted(by: { $0.key < $1.key }) {
      makers[digest] = name
      nodes.append(.init(name: name, lines: ["source", digest.short], style: "source", told: "source \(name)"))
    }
    for stage in run.stages {
      let parents = Set(stage.inputs.values.compactMap { makers[$0] }).sorted()
      for digest in stage.outputs.values where makers[digest] == nil { makers[digest] = stage.name }
      let seconds = stage.seconds.map { ", \(decimals($0, 2)) s" } ?? ""
      nodes.append(
        .init(
          name: stage.name, lines: ["\(stage.result)\(seconds)", Self.brief(stage.reasons)], style: stage.result,
          told: "\(stage.name): \(stage.result)\(seconds), \(stage.reasons); reads \(parents.joined(separator: ", "))",
          parents: parents))
    }
    drawing = GraphDrawing(nodes)
  }

  /// Reasons without the digests of inputs, which have no room in a box.
  private static func brief(_ reasons: String) -> String {
    reasons.split(separator: ", ").map { reason in
      reason.hasPrefix("input ") ? reason.split(separator: " ").prefix(2).joined(separator: " ") : String(reason)
    }.joined(separator: ", ")
  }

  var markup: String {
    let markup = drawing.markup()
    return markup.isEmpty ? "" : "<div class=\"scroll\">\(markup)</div>\n"
  }
}
