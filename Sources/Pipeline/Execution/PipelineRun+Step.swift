import Artifacts
import SystemFiles

extension PipelineRun {
  /// Runs a stage whose parents have finished, if it has to run, and notes the version that downstream stages read:
  /// none if it was not selected and has none.
  func step(_ stage: CheckedStage, _ progress: inout RunProgress, _ record: inout RunRecord) throws {
    let decision = planner.decide(stage, inputs: progress.inputs(of: stage))
    // Stages read only published artifacts, byte for byte.
    if case .run = decision { try healInputs(of: stage, &progress, &record) }
    say(line(decision.word, stage, decision.explanation))
    var entry = RunRecord.Entry(
      stage: stage.name, decision: decision.word, reasons: decision.explanation, result: "failed")
    entry.program = stage.program
    entry.params = stage.params
    entry.inputs = progress.inputs(of: stage).compactMapValues { $0 }
    defer { record.entries.append(entry) }
    switch decision {
    case .missing:
      entry.result = "missing"
      progress.versions[stage.name] = nil
    case .hit(let version, _), .reuse(let version, _):
      entry.result = decision.word == "hit" ? "hit" : "reused"
      entry.take(version)
      progress.versions[stage.name] = version
    case .unknown(let waiting, _):
      throw PipelineError.noUpstream(stage: stage.name, upstream: waiting.first ?? stage.name)
    case .run(let reasons):
      do {
        progress.versions[stage.name] = try make(stage, because: reasons, progress, in: record.folder, &entry)
      } catch {
        entry.failure = "\(error)"
        throw error
      }
    }
  }

  /// Verifies the artifacts that a stage is about to read, and makes damaged ones again if their stages are selected.
  private func healInputs(
    of stage: CheckedStage, _ progress: inout RunProgress, _ record: inout RunRecord
  ) throws {
    for (name, reference) in stage.inputs.sorted(by: { $0.key < $1.key }) {
      guard case .output(let producer, let output) = reference, let version = progress.versions[producer],
        let made = version.outputs[output], !progress.verified.contains(made.path)
      else { continue }
      do { try ArtifactFile(path: made.path).verify(interrupted: signals.check) } catch let error as FileError {
        guard planner.isSelected(producer), let maker = pipeline.stage(producer) else {
          throw PipelineError.damagedInput(
            stage: stage.name, input: name, reason: "\(error)", producer: producer)
        }
        say("       \(error): \(producer) is made again")
        try store.remove(version.name, of: producer)
        try step(maker, &progress, &record)
      }
      if let path = progress.versions[producer]?.outputs[output]?.path { progress.verified.insert(path) }
    }
  }

  private func make(
    _ stage: CheckedStage, because reasons: [Reason], _ progress: RunProgress, in folder: String,
    _ entry: inout RunRecord.Entry
  ) throws -> PublishedVersion {
    let run = StageRun(
      stage: stage, inputs: try progress.resolvedInputs(of: stage), store: store, logs: folder,
      threads: options.threads, executor: options.executor, signals: signals, program: programs[stage.program.path],
      say: say)
    entry.key = run.key.digest.hexadecimal
    entry.log = run.logPath
    let result = try run.run { entry.outcome = $0 }
    let version = result.version
    entry.result = result.isKept ? "kept" : "made"
    entry.take(version)
    let seconds = ((entry.outcome?.seconds ?? 0) * 1000).rounded() / 1000
    let kept = result.isKept ? ", the same contents as before" : ""
    say(line("made", stage, "\(seconds) s, version \(version.name)\(kept)"))
    if !result.isKept, version.name != version.key.version, reasons == [.forced] {
      say("       \(stage.name) gave other contents for the same inputs: it is not deterministic")
    }
    return version
  }

  private func line(_ word: String, _ stage: CheckedStage, _ text: String) -> String {
    let width = pipeline.stages.map(\.name.count).max() ?? 0
    return "\(word.padded(to: 6)) \(stage.name.padded(to: width))  \(text)"
  }
}
