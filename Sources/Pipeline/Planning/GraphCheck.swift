import Artifacts

/// What can be known of a definition without asking any program: that references name something, that there is no
/// cycle, and an order to run in.
package struct GraphCheck {
  package private(set) var problems: [Diagnostic] = []
  /// Each stage behind those that it reads from; otherwise as in the file. Stages on a cycle are left out.
  package private(set) var order: [StageDefinition] = []

  package init(_ definition: PipelineDefinition) {
    for stage in definition.stages {
      for input in stage.inputs { check(input, of: stage, in: definition) }
    }
    sort(definition)
  }

  private mutating func check(
    _ input: StageDefinition.Input, of stage: StageDefinition, in definition: PipelineDefinition
  ) {
    let place = input.reference.place
    switch input.reference.value {
    case .source(let name):
      guard definition.source(name) == nil else { return }
      let names = definition.sources.map(\.name.value)
      problems.append(Diagnostic(place, "no source \"\(name)\"\(suggestion(for: name, among: names))"))
    case .output(let producer, _):
      guard definition.stage(producer) == nil else { return }
      let names = definition.stages.map(\.name.value).filter { $0 != stage.name.value }
      problems.append(Diagnostic(place, "no stage \"\(producer)\"\(suggestion(for: producer, among: names))"))
    }
  }

  private mutating func sort(_ definition: PipelineDefinition) {
    let names = Set(definition.stages.map(\.name.value))
    let parents = Dictionary(
      definition.stages.map { stage in (stage.name.value, Self.parents(stage).filter { names.contains($0) }) }
    ) { first, _ in first }
    var waiting = definition.stages
    var done: Set<String> = []
    while let next = waiting.firstIndex(where: { (parents[$0.name.value] ?? []).allSatisfy { done.contains($0) } }) {
      let stage = waiting.remove(at: next)
      done.insert(stage.name.value)
      order.append(stage)
    }
    guard let first = waiting.first else { return }
    // Every waiting stage has a waiting parent, so following parents must come round.
    var path = [first.name.value]
    while let parent = parents[path[path.count - 1]]?.first(where: { !done.contains($0) }) {
      if let start = path.firstIndex(of: parent) {
        let cycle = (path[start...] + [parent]).reversed().joined(separator: " → ")
        let place = definition.stage(parent)?.name.place ?? first.name.place
        problems.append(Diagnostic(place, "stages wait for each other: \(cycle)"))
        return
      }
      path.append(parent)
    }
  }

  private static func parents(_ stage: StageDefinition) -> [String] {
    stage.inputs.compactMap { if case .output(let parent, _) = $0.reference.value { parent } else { nil } }
  }
}
