import Artifacts
import Glibc
import SystemFiles

/// Makes one stage's outputs, unless another run makes the same ones: executes its command, again if it failed for the
/// moment and may be tried again, and publishes them if no source changed meanwhile.
struct StageRun: Sendable {
  struct Input: Sendable {
    let path: String
    let digest: Digest
    /// The fingerprint of a source from before its digest was taken; `nil` for what stages made.
    var fingerprint: SourceFingerprint?
    /// `true` if the digest is that of an artifact.
    var isArtifact = false
  }

  /// The last attempt, whether it succeeded or not.
  struct Attempt: Sendable {
    /// The attempt's number, from 1.
    var number = 1
    var log: String
    /// `nil` as long as the program has not ended.
    var outcome: ProcessOutcome?
    /// The last lines that the program printed.
    var lastLines: [String] = []
  }

  typealias Ending = (attempt: Attempt, result: Result<StagePublication.Result, any Error>)

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
  /// The text before each line of the stage's output.
  let margin: String
  /// `true` if what another run has made is no substitute.
  let isForced: Bool
  let say: @Sendable (String) -> Void
  var observe: @Sendable (RunEvent) -> Void = { _ in }
  /// Room that the stage shares with those of other runs of this process.
  var room: SharedRoom?
  /// The number of the first attempt, more than 1 if the run's folder has logs of earlier ones.
  var firstAttempt = 1
  /// The number of blocks that are done side by side before the outputs are made of them; `nil` if others do them, or
  /// the work is not divided.
  var blocksAtATime: Int?

  var key: CacheKey { CacheKey(stage, inputs: inputs.mapValues(\.digest)) }

  /// Callbacks while nobody else makes the same version: before any run that waits for it goes on.
  struct Callbacks {
    var begins: () throws -> Void = {}
    var hasMade: (Attempt, StagePublication.Result) throws -> Void = { _, _ in }
  }

  func run(_ callbacks: Callbacks = Callbacks()) -> Ending {
    var attempt = Attempt(number: firstAttempt, log: log(of: firstAttempt))
    let result = Result { try runOnce(&attempt, callbacks) }
    return (attempt, result)
  }

  /// Runs while no other run makes the same version, or takes what that has made.
  private func runOnce(_ attempt: inout Attempt, _ callbacks: Callbacks) throws -> StagePublication.Result {
    let claim = try Claim(
      store.claimPath(stage: stage.name, key: key.version), "\(stage.name) is being made", run: Files.name(of: logs),
      signals: signals
    ) { say("\(margin)\($0)") }
    defer { claim.release() }
    if !isForced, let made = KnownVersions(store: store).find(key, of: stage.name).version {
      return .init(version: made, isKept: true, isTaken: true)
    }
    // A stage that waits for another run's work takes no room.
    let place = try room?.enter(stage, signals)
    defer { if let place { room?.leave(place) } }
    try callbacks.begins()
    let blocks = try runBlocks(&attempt)
    let made = try retrying(&attempt) { try execute(&$0) }
    if let blocks { attempt.outcome?.add(blocks) }
    try callbacks.hasMade(attempt, made)
    return made
  }

  /// Tries again what failed for the moment.
  func retrying<Value>(
    _ attempt: inout Attempt, block: Int? = nil, _ body: (inout Attempt) throws -> Value
  ) throws -> Value {
    while true {
      do { return try body(&attempt) } catch let error as PipelineError {
        guard attempt.outcome?.isTemporaryFailure == true, attempt.number - firstAttempt < stage.limits.retries
        else { throw error }
        let next = attempt.number + 1
        let pause = Self.pause(before: next - firstAttempt + 1)
        warn("\(error)")
        warn("attempt \(next) of \(firstAttempt + stage.limits.retries) begins in \(pause) s")
        try signals.sleep(seconds: Double(pause))
        attempt = Attempt(number: next, log: log(of: next, block: block))
      }
    }
  }

  /// Seconds: 1, 2, 4 and so on, and a minute at the most.
  private static func pause(before attempt: Int) -> Int { min(1 << min(attempt - 2, 6), 60) }

  func log(of attempt: Int, block: Int? = nil) -> String {
    StageCommand.log(of: stage.name, block: block, attempt: attempt, in: logs)
  }

  private func execute(_ attempt: inout Attempt) throws -> StagePublication.Result {
    let staging = try store.makeStaging(stage: stage.name)
    defer { Files.remove(staging) }
    try execute(&attempt, staging: staging)
    if let work { Files.remove(work) }
    return try StagePublication(stage: stage, key: key, store: store, signals: signals, say: warn).publish(staging)
  }

  /// Runs the program once.
  ///
  /// - Parameters:
  ///   - block: the block of the work that is done; the outputs are made if `nil`.
  ///   - staging: the folder for the outputs; empty for a block, which has none.
  /// - Throws: if it failed, or its inputs changed meanwhile.
  func execute(_ attempt: inout Attempt, block: Int? = nil, staging: String) throws {
    let log = try RunLog(path: attempt.log) { show($0, block: block) }
    if block == nil { observe(.started(stage: stage.name, attempt: attempt.number, log: attempt.log)) }
    defer { attempt.lastLines = log.lastLines }
    let left = Orphans.end(leaving: "\(store.root)/\(stage.name)")
    if left > 0 { warn("ended \(left) \(left == 1 ? "process" : "processes") that a killed run had left") }
    let command = StageCommand(
      stage, inputs: inputs.mapValues(\.path), staging: staging, logs: logs, threads: threads, work: work,
      attempt: attempt.number, block: block)
    let outcome = try execute(command, log: log)
    attempt.outcome = outcome
    try log.close()
    try outcome.checkStopped()
    guard outcome.isSuccess else {
      if outcome.isTimedOut, let timeout = stage.limits.timeout {
        throw PipelineError.stageTimedOut(stage: stage.name, timeout: timeout.text, log: log.path)
      }
      throw PipelineError.stageFailed(
        stage: stage.name, ending: outcome.ending, said: log.lastLines.last ?? "", log: log.path)
    }
    try checkUnchanged()
  }

  /// Shows a line of the program's output. What a block says of the progress of its own part is in its log alone; blocks
  /// that cooperate say how far all of the work is.
  private func show(_ line: String, block: Int?) {
    let prefix = block.map { "block \($0): " } ?? ""
    if var progress = StageProgress(line) {
      guard block == nil || stage.description.cooperates else { return }
      progress.text = "\(prefix)\(progress.text)"
      return observe(.progress(stage: stage.name, progress, line: "\(margin)\(prefix)\(line)"))
    }
    let text = StageProgress.withoutProgram(line)
    if ["warning:", "error:"].contains(where: { text.hasPrefix($0) }) {
      observe(.warning(stage: stage.name, text: line))
    }
    say("\(margin)\(prefix)\(line)")
  }

  func warn(_ text: String) {
    say("\(margin)\(text)")
    observe(.warning(stage: stage.name, text: text))
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

  /// Refuses outputs if a source or the program changed meanwhile, since they belong to neither state.
  private func checkUnchanged() throws {
    for input in inputs.values {
      if let before = input.fingerprint, try SourceFingerprint(input.path) != before,
        try SourceContents.digest(of: input.path, isArtifact: input.isArtifact, interrupted: signals.check)
          != input.digest
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
