import Artifacts
import SystemFiles

/// Makes one stage's outputs: executes its command and publishes them if no source changed meanwhile.
struct StageRun {
  struct Input {
    let path: String
    let digest: Digest
    /// The fingerprint of raw data from before its digest was taken; `nil` for artifacts.
    var fingerprint: SourceFingerprint?
  }

  let stage: CheckedStage
  let inputs: [String: Input]
  let store: Store
  /// The folder of the run.
  let logs: String
  let threads: Int?
  let executor: any Executor
  let signals: StopSignals
  /// The stamp of the program from when it was found.
  let program: SourceFingerprint?
  let say: @Sendable (String) -> Void

  var logPath: String { StageCommand.log(of: stage.name, in: logs) }
  var key: CacheKey { CacheKey(stage, inputs: inputs.mapValues(\.digest)) }

  /// - Parameter ended: called as soon as the program has ended, however it did.
  func run(ended: (ProcessOutcome) -> Void) throws -> StagePublication.Result {
    let log = try RunLog(path: logPath) { [say] in say("         \($0)") }
    let staging = try store.makeStaging(stage: stage.name)
    defer { Files.remove(staging) }
    let command = StageCommand(
      stage, inputs: inputs.mapValues(\.path), staging: staging, logs: logs, threads: threads, work: work)
    let outcome = try execute(command, log: log)
    ended(outcome)
    try log.close()
    try outcome.checkStopped()
    guard outcome.isSuccess else {
      throw PipelineError.stageFailed(
        stage: stage.name, ending: outcome.ending, said: log.lastLines.last ?? "", log: log.path)
    }
    try checkUnchanged()
    if let work { Files.remove(work) }
    return try StagePublication(stage: stage, key: key, store: store, signals: signals, say: say).publish(staging)
  }

  private func execute(_ command: StageCommand, log: RunLog) throws -> ProcessOutcome {
    try command.writeParams()
    log.write(line: command.line)
    do { return try executor.run(command, signals: signals, output: log.take) } catch {
      log.write(line: "\(error)")
      try log.close()
      throw error
    }
  }

  /// Refuses outputs if raw data or the program changed meanwhile, since they belong to neither state.
  private func checkUnchanged() throws {
    for input in inputs.values {
      if let before = input.fingerprint, try SourceFingerprint(input.path) != before,
        try SourceDigest.of(input.path, interrupted: signals.check) != input.digest
      {
        throw SourceFingerprint.Changed(path: input.path)
      }
    }
    if let program, try SourceFingerprint(stage.program.path) != program {
      throw PipelineError.programChanged(stage: stage.name, program: stage.program.path)
    }
  }

  /// The place where a stage keeps what should survive a kill, if it keeps anything: a folder of its own for every key.
  private var work: String? {
    stage.description.keepsWork ? store.workFolder(stage: stage.name, key: key.version) : nil
  }
}
