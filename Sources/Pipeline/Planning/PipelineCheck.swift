import Artifacts
import CanonicalJSON
import SystemFiles

/// Checks a definition against the descriptions of its programs.
package struct PipelineCheck {
  package private(set) var problems: [Diagnostic] = []
  private let definition: PipelineDefinition
  private let descriptions: [String: StageDescription]

  /// - Parameter descriptions: by stage; a stage without one was reported before and is passed over.
  package init(_ definition: PipelineDefinition, descriptions: [String: StageDescription]) {
    self.definition = definition
    self.descriptions = descriptions
  }

  package mutating func check(
    _ stages: [StageDefinition], programs: [String: Program], overrides: [Override], folder: String,
    environment: [String: String]
  ) -> CheckedPipeline {
    for override in overrides where definition.stage(override.stage) == nil {
      let names = definition.stages.map(\.name.value)
      problems.append(
        Diagnostic(
          .option(override.option), "no stage \"\(override.stage)\"\(suggestion(for: override.stage, among: names))"))
    }
    var checked: [CheckedStage] = []
    for stage in stages {
      let name = stage.name.value
      guard let description = descriptions[name], let program = programs[name] else { continue }
      if let place = stage.blocksPlace, !description.dividesWork {
        problems.append(Diagnostic(place, "the work of \(name) cannot be divided into blocks; leave \"blocks\" out"))
      }
      let given = overrides.filter { $0.stage == name }
      let values = params(of: stage, description, overrides: given)
      checked.append(
        CheckedStage(
          name: name, program: program, description: description, inputs: inputs(of: stage, description),
          givenParams: values.filter { description.param($0.key) != nil },
          options: values.filter { description.param($0.key) == nil },
          environment: Dictionary(stage.environment.map { ($0.value, environment[$0.value]) }) { first, _ in first },
          limits: stage.limits, depends: stage.depends.map { Files.path($0.value, in: folder) },
          readOutputs: readOutputs(of: name)))
    }
    return CheckedPipeline(
      name: definition.name, folder: folder, sources: definition.sources, stages: checked,
      executor: definition.executor, notify: definition.notify)
  }

  private func readOutputs(of stage: String) -> Set<String> {
    Set(
      definition.stages.flatMap(\.inputs).compactMap { input in
        if case .output(stage, let output) = input.reference.value { output } else { nil }
      })
  }

  private mutating func inputs(of stage: StageDefinition, _ description: StageDescription) -> [String: Reference] {
    var inputs: [String: Reference] = [:]
    let name = stage.name.value
    for input in stage.inputs {
      inputs[input.name.value] = input.reference.value
      guard let port = description.input(input.name.value) else {
        let names = description.inputs.map(\.name)
        problems.append(
          Diagnostic(
            input.name.place,
            "\(name) has no input \"\(input.name.value)\"\(suggestion(for: input.name.value, among: names))"))
        continue
      }
      check(input, port)
    }
    for port in description.inputs where !port.isOptional && inputs[port.name] == nil {
      problems.append(Diagnostic(stage.name.place, "\(name) needs the input \"\(port.name)\" (\(port.type))"))
    }
    return inputs
  }

  private mutating func check(_ input: StageDefinition.Input, _ port: StageDescription.Port) {
    let reference = input.reference.value
    let place = input.reference.place
    switch reference {
    case .source(let name):
      let isArtifact = definition.source(name)?.isArtifact ?? false
      if !port.isSource, !isArtifact {
        problems.append(
          Diagnostic(
            place,
            "\(reference) is raw data; expected \"\(port.type)\"; "
              + "if it is an artifact, give its source \"kind: artifact\""
          ))
      }
      if port.isSource, isArtifact {
        problems.append(Diagnostic(place, "\(reference) is an artifact; expected raw data"))
      }
    case .output(let stage, let output):
      guard let producer = descriptions[stage] else { return }
      guard let made = producer.output(output) else {
        let names = producer.outputs.map(\.name)
        problems.append(
          Diagnostic(place, "\(stage) has no output \"\(output)\"\(suggestion(for: output, among: names))"))
        return
      }
      if port.isSource {
        problems.append(Diagnostic(place, "\(reference) is an artifact; expected raw data (sources.NAME)"))
        return
      }
      guard let type = port.types.first(where: { $0.name == made.type }) else {
        let expected = port.types.map { "\"\($0.name)\"" }.joined(separator: " or ")
        problems.append(Diagnostic(place, "\(reference) is \"\(made.type)\"; expected \(expected)"))
        return
      }
      if made.version > type.version {
        problems.append(
          Diagnostic(
            place,
            "\(reference) is \(made.type) version \(made.version), "
              + "and the newest that \"\(port.name)\" reads is version \(type.version)"
          ))
      }
    }
  }

  private mutating func params(
    of stage: StageDefinition, _ description: StageDescription, overrides: [Override]
  ) -> [String: JSON] {
    let given =
      stage.params.map { (name: $0.name, value: $0.value) }
      + overrides.map { (name: Located($0.param, at: .option($0.option)), value: $0.value) }
    var params: [String: JSON] = [:]
    for (name, node) in given {
      guard let param = description.param(name.value) ?? description.option(name.value) else {
        let names = description.params.map(\.name) + description.options.keys.sorted()
        problems.append(
          Diagnostic(
            name.place, "\(stage.name.value) has no param \"\(name.value)\"\(suggestion(for: name.value, among: names))"
          ))
        continue
      }
      do {
        params[name.value] = try ParamText.value(node, param)
      } catch {
        problems.append(Diagnostic(error.place, "\(name.value): \(error.message)"))
      }
    }
    return params
  }
}
