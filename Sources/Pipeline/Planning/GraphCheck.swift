import Artifacts

/// Checks that references name something and that there is no cycle, before any program is started, and sorts the
/// stages.
package struct GraphCheck {
  package private(set) var problems: [Diagnostic] = []
  /// The stages, topologically sorted; ties keep the order of the file. Stages on a cycle, or downstream of one, are
  /// left out.
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
    var schedule = Schedule(definition.stages.map { ($0.name.value, Set(Self.parents($0))) })
    while let name = schedule.start() {
      if let stage = definition.stage(name) { order.append(stage) }
      schedule.finish(name)
    }
    let waiting = Set(schedule.waiting.map(\.name))
    guard let first = definition.stages.first(where: { waiting.contains($0.name.value) }) else { return }
    // Every waiting stage has a waiting parent, so following parents must come round.
    var path = [first]
    while let parent = Self.parents(path[path.count - 1]).first(where: { waiting.contains($0) }),
      let stage = definition.stage(parent)
    {
      if let start = path.firstIndex(where: { $0.name.value == parent }) {
        let cycle = (path[start...] + [stage]).reversed().map(\.name.value).joined(separator: " → ")
        problems.append(Diagnostic(stage.name.place, "stages wait for each other: \(cycle)"))
        return
      }
      path.append(stage)
    }
  }

  private static func parents(_ stage: StageDefinition) -> [String] {
    stage.inputs.compactMap { if case .output(let parent, _) = $0.reference.value { parent } else { nil } }
  }
}
