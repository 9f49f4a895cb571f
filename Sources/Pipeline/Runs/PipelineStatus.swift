import Artifacts
package import CanonicalJSON
import DisplayText

/// The status of a pipeline: what runs or ran last, and what a run would do now.
package struct PipelineStatus {
  private let name: String
  private let store: String
  private let working: [StoredRun]
  private let last: StoredRun?
  private let steps: [PipelineRun.Step]
  private let latest: [String: String]

  package init(of run: PipelineRun) throws {
    let runs = StoredRuns(run.store, pipeline: run.pipeline.name)
    name = run.pipeline.name
    store = run.store.root
    steps = try run.plan()
    // Whoever works began lately.
    let recent = try runs.last(20)
    working = recent.filter { $0.state == .running }
    last = recent.first { $0.state != .running }
    latest = Dictionary(
      run.pipeline.stages.compactMap { stage in run.store.latest(of: stage.name).map { (stage.name, $0) } }
    ) { $1 }
  }

  /// The stages that a run would make, or might.
  private var open: [String] {
    steps.filter { step in
      switch step.decision {
      case .run, .unknown: true
      case .hit, .reuse, .missing: false
      }
    }.map(\.stage)
  }

  package var lines: [String] {
    var lines = ["\(name.printable), in \(store.printable)"]
    for run in working {
      let stages = run.stages.filter { $0.result == "running" }.map(\.name)
      lines.append(
        "running   \(run.identifier), since \(run.started)\(stages.isEmpty ? "" : ": \(stages.joined(separator: ", "))")"
      )
    }
    if let last {
      lines.append(
        "last run  \(last.identifier): \(last.state.rawValue), \(decimals(last.seconds, 1)) s\(failure(of: last))")
    } else {
      lines.append("last run  none")
    }
    lines.append(
      open.isEmpty ? "now       everything is up to date" : "now       would run: \(open.joined(separator: ", "))")
    let rows = steps.map { step in
      [step.stage, latest[step.stage] ?? "", step.decision.word, step.decision.explanation]
    }
    return lines + [""] + alignedColumns([["stage", "latest", "now", ""]] + rows)
  }

  private func failure(of run: StoredRun) -> String {
    let failed = run.stages.filter { $0.result == "failed" }
    guard let first = failed.first else { return "" }
    return ": \((first.failure ?? "\(first.name) failed").printable)"
  }

  package var json: JSON {
    [
      "pipeline": JSON(name), "store": JSON(store), "running": .array(working.map { JSON($0.identifier) }),
      "last": last.map {
        ["run": JSON($0.identifier), "state": JSON($0.state.rawValue), "seconds": .number($0.seconds)]
      }
        ?? .null,
      "stages": .array(
        steps.map { step in
          [
            "stage": JSON(step.stage), "latest": latest[step.stage].map { JSON($0) } ?? .null,
            "decision": JSON(step.decision.word), "reasons": JSON(step.decision.explanation),
          ]
        }),
    ]
  }
}
