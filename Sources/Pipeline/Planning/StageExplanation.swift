import Artifacts
import CanonicalJSON
import DisplayText
import SystemFiles

/// An explanation of why a stage would run or not, with all that decides it.
package struct StageExplanation {
  private let stage: CheckedStage
  private let step: PipelineRun.Step
  private let latest: PublishedVersion?

  /// - Throws: `RunError.noStage`, or what keeps the pipeline from being planned.
  package init(of name: String, in run: PipelineRun) throws {
    guard let stage = run.pipeline.stage(name) else {
      throw RunError.noStage(name, there: run.pipeline.stages.map(\.name))
    }
    self.stage = stage
    guard let step = try run.plan().first(where: { $0.stage == name }) else {
      throw RunError.noStage(name, there: run.pipeline.stages.map(\.name))
    }
    self.step = step
    latest = run.store.latest(of: name).flatMap { try? PublishedVersion(stage: name, name: $0, in: run.store) }
  }

  package var lines: [String] {
    let verb =
      switch step.decision {
      case .hit: "does not run"
      case .run: "runs"
      case .unknown: "may run"
      case .reuse, .missing: "is not selected"
      }
    return ["\(stage.name) \(verb): \(step.decision.explanation)", ""] + alignedColumns(rows)
  }

  private var rows: [[String]] {
    var rows = [
      [
        "program", stage.program.path, "version \(stage.description.version)",
        String(stage.program.identity.prefix(12)),
      ]
    ]
    let changes = changes
    for (name, reference) in stage.inputs.sorted(by: { $0.key < $1.key }) {
      let digest = step.inputs[name].flatMap { $0 }
      rows.append(
        ["input", name, "\(reference)", digest?.short ?? "not known before it is made", changes["input \(name)"] ?? ""])
    }
    for (name, value) in stage.params.sorted(by: { $0.key < $1.key }) {
      let isGiven = stage.givenParams[name] != nil
      guard isGiven || changes["param \(name)"] != nil else { continue }
      rows.append(
        ["param", name, value.string ?? value.text, isGiven ? "" : "default", changes["param \(name)"] ?? ""])
    }
    for (name, value) in stage.environment.sorted(by: { $0.key < $1.key }) {
      rows.append(["environment", name, value ?? "not set"])
    }
    let defaults = stage.params.keys.count { stage.givenParams[$0] == nil }
    if defaults > 0 { rows.append(["params", "\(defaults) by default"]) }
    rows.append(["latest", latest.map { "version \($0.name)" } ?? "none"])
    return rows
  }

  /// The differences from the latest version, by kind and name.
  private var changes: [String: String] {
    guard let latest else { return [:] }
    let known = step.inputs.compactMapValues { $0 }
    let pending = Set(step.inputs.keys).subtracting(known.keys)
    var changes: [String: String] = [:]
    for reason in Planner.changes(from: latest.key, to: CacheKey(stage, inputs: known), pending: pending) {
      switch reason {
      case .param(let name, let was, _): changes["param \(name)"] = "was \(was)"
      case .input(let name, let was, _): changes["input \(name)"] = "was \(was)"
      default: continue
      }
    }
    return changes
  }
}
