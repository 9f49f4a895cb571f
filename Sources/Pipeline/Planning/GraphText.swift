/// Output formats of the graph of a pipeline.
package enum GraphText: String, CaseIterable, Sendable {
  case text, mermaid, dot

  package func lines(of pipeline: CheckedPipeline) -> [String] {
    let edges = pipeline.stages.flatMap { stage in
      stage.inputs.sorted { $0.key < $1.key }.map { name, reference -> (from: String, to: String, label: String) in
        switch reference {
        case .source(let source): ("sources.\(source)", stage.name, name)
        case .output(let producer, let output): (producer, stage.name, output)
        }
      }
    }
    switch self {
    case .text:
      let width = pipeline.stages.map(\.name.count).max() ?? 0
      return pipeline.stages.map { stage in
        let inputs = stage.inputs.values.map(\.description).sorted().joined(separator: ", ")
        return inputs.isEmpty ? stage.name : "\(stage.name.padded(to: width))  ← \(inputs)"
      }
    case .mermaid:
      return ["graph LR"] + edges.map { "  \(node($0.from)) -->|\($0.label)| \(node($0.to))" }
    case .dot:
      return ["digraph pipeline {", "  rankdir=LR;"]
        + edges.map { "  \"\($0.from)\" -> \"\($0.to)\" [label=\"\($0.label)\"];" } + ["}"]
    }
  }

  /// Mermaid takes no points or dashes in the names of nodes.
  private func node(_ name: String) -> String {
    let plain = name.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
    return plain == name ? name : "\(plain)[\"\(name)\"]"
  }
}
