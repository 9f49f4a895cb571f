package import Pipeline

/// The stages and sources of a pipeline as an SVG file, light or dark as the reader's system is.
package struct PipelineDrawing {
  private let pipeline: CheckedPipeline

  private static let style = """
    <style>svg { font-family: system-ui, sans-serif; } path { fill: none; stroke: #57606a; stroke-width: 1.5; }
    rect { fill: #f5f6f8; stroke: #57606a; stroke-width: 1.5; } text { fill: #57606a; font-size: 11.5px; }
    .name { fill: #1b1f24; font-size: 14px; font-weight: 600; } .source rect { stroke-dasharray: 4 3; }
    @media (prefers-color-scheme: dark) { path, rect { stroke: #a3acb8; } rect { fill: #1e232a; } text { fill: #a3acb8; }
    .name { fill: #e8ebef; } }</style>
    """

  package init(_ pipeline: CheckedPipeline) { self.pipeline = pipeline }

  package var svg: String {
    let inputs = pipeline.stages.map { stage in stage.inputs.sorted { $0.key < $1.key }.map(\.value) }
    var sources = Set<String>()
    for case .source(let name) in inputs.joined() { sources.insert(name) }
    var nodes = sources.sorted().map { name in
      GraphDrawing.Node(name: "sources.\(name)", lines: ["source"], style: "source", told: "source \(name)")
    }
    for (stage, references) in zip(pipeline.stages, inputs) {
      let parents = references.map { reference in
        switch reference {
        case .source(let source): "sources.\(source)"
        case .output(let producer, _): producer
        }
      }
      let read = references.map(\.description).joined(separator: ", ")
      nodes.append(
        .init(
          name: stage.name, lines: read.isEmpty ? [] : ["reads \(read)"], style: "stage",
          told: read.isEmpty ? stage.name : "\(stage.name): reads \(read)", parents: Set(parents).sorted()))
    }
    return GraphDrawing(nodes).markup(" xmlns=\"http://www.w3.org/2000/svg\"", style: Self.style)
  }
}
