import Artifacts
package import CanonicalJSON

extension RunEvent {
  /// The event as `runner run --json` prints it.
  package var json: JSON {
    var fields = fields
    fields["event"] = JSON(name)
    fields["time"] = JSON(Host.timestamp)
    return .object(fields)
  }

  private var name: String {
    switch self {
    case .runStarted: "run_started"
    case .decided: "stage_decided"
    case .started: "stage_started"
    case .progress: "progress"
    case .warning: "warning"
    case .finished: "stage_finished"
    case .runFinished: "run_finished"
    }
  }

  private var fields: [String: JSON] {
    switch self {
    case .runStarted(let start):
      [
        "run": JSON(start.run), "pipeline": JSON(start.pipeline), "file": JSON(start.file),
        "folder": JSON(start.folder), "stages": .array(start.stages.map { JSON($0) }),
      ]
    case .decided(let stage, let decision):
      ["stage": JSON(stage), "decision": JSON(decision.word), "reason": JSON(decision.explanation)]
    case .started(let stage, let attempt, let log):
      ["stage": JSON(stage), "attempt": JSON(attempt), "log": JSON(log)]
    case .progress(let stage, let progress, _):
      [
        "stage": JSON(stage), "share": progress.share.map { .number($0) } ?? .null,
        "seconds_left": progress.secondsLeft.map { .number($0) } ?? .null, "text": JSON(progress.text),
      ]
    case .warning(let stage, let text): ["stage": JSON(optional: stage), "text": JSON(text)]
    case .finished(let entry, _): Self.fields(of: entry)
    case .runFinished(let end):
      [
        "run": JSON(optional: end.run), "pipeline": JSON(end.pipeline), "state": JSON(end.state),
        "ran": JSON(end.ran), "seconds": .number(rounded(end.seconds)),
        "failure": JSON(optional: end.failure), "folder": JSON(optional: end.folder),
      ]
    }
  }

  private static func fields(of entry: RunRecord.Entry) -> [String: JSON] {
    let outcome = entry.outcome
    return [
      "stage": JSON(entry.stage), "result": JSON(entry.result), "version": JSON(optional: entry.version),
      "key": JSON(optional: entry.key),
      "outputs": .object(entry.outputs.mapValues { JSON($0.digest.hexadecimal) }),
      "attempts": JSON(outcome == nil ? 0 : entry.attempts),
      "seconds": outcome.map { .number(rounded($0.seconds)) } ?? .null,
      "processor_seconds": outcome?.processorSeconds.map { .number(rounded($0)) } ?? .null,
      "peak_bytes": JSON(optional: outcome?.peakBytes),
      "exit_code": outcome?.ending.exitCode.map { JSON(Int($0)) } ?? .null,
      "signal": outcome?.ending.signal.map { JSON(Int($0)) } ?? .null, "failure": JSON(optional: entry.failure),
      "log": JSON(optional: entry.log),
    ]
  }
}
