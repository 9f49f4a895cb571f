import Artifacts
import SystemFiles

/// Runs one stage of a frozen plan in this process, whichever host that is on: takes its inputs by the keys of the plan
/// and never by `latest`, runs it unless the store has its key, publishes its outputs, and tells what became of it.
package struct PlannedStageRun {
  private let plan: FrozenPlan
  private let stage: FrozenPlan.Stage
  private let signals: StopSignals
  private let say: @Sendable (String) -> Void
  /// Identifier of the job that this process is, if it is one.
  private let job: String?
  /// The seconds for which an input is looked for, since other hosts see files late on a network file system.
  private let patience: Double
  /// The block of the stage's work that is done, from 1; the outputs are made if `nil`.
  private let block: Int?

  /// - Throws: `PlanError` if the plan has no such stage or block, or does not run it.
  package init(
    _ plan: FrozenPlan, stage name: String, block: Int? = nil, patience: Double, signals: StopSignals,
    say: @escaping @Sendable (String) -> Void
  ) throws {
    guard let stage = plan.stage(name) else {
      throw PlanError.noStage(name, run: plan.run, there: plan.stages.map(\.name))
    }
    guard plan.isSelected(stage) else { throw PlanError.notSelected(name, run: plan.run) }
    let blocks = stage.checked.limits.blocks
    if let block, blocks == 1 || !(1...blocks ~= block) {
      throw PlanError.noBlock(block, stage: name, run: plan.run, there: blocks)
    }
    self.block = block
    self.plan = plan
    self.stage = stage
    self.patience = patience
    self.signals = signals
    self.say = say
    job = ProcessEnvironment.inherited[block == nil ? "SLURM_JOB_ID" : "SLURM_ARRAY_JOB_ID"]
  }

  /// Runs the stage or the block, and ends the run if it was the last one.
  ///
  /// - Throws: the reason why the stage failed; `Stopped` if a signal ended it.
  package func run() throws {
    try Host.enter(plan.workingFolder)
    let lock = try plan.store.waitForRunning(signals)
    defer { withExtendedLifetime(lock) {} }
    var entry = stage.entry("failed")
    do { try run(&entry) } catch {
      entry.result = error is Stopped ? "stopped" : "failed"
      entry.failure = "\(error)"
      try tell(entry, error)
      try PlanRecord(plan).settle()
      throw error
    }
    if block == nil { try PlanRecord(plan).settle() }
  }

  private func tell(_ entry: RunRecord.Entry, _ error: any Error) throws {
    var progress = PlanProgress(plan)
    progress.refresh()
    // Another process may have made the stage meanwhile, as where a frozen host wakes up.
    guard !progress.isDone(stage) else { return }
    var result = StageResult(entry, job: job)
    switch error as? PlanError {
    case .damagedInput, .noInput: result.isForInput = true
    default: break
    }
    try result.publish(in: plan)
  }

  private func run(_ entry: inout RunRecord.Entry) throws {
    let progress = try waitForInputs()
    let digests = progress.inputs(of: stage.checked)
    entry.inputs = digests.compactMapValues { $0 }
    if plan.isForced, let made = progress.versions[stage.name] {
      return say("hit    \(stage.name)  version \(made.name) was made in this run")
    }
    let decision = Planner(store: plan.store, options: plan.planner).decide(stage.checked, inputs: digests)
    entry.decision = decision.word
    entry.reasons = decision.explanation
    say("\(decision.word.padded(to: 6)) \(stage.name)  \(decision.explanation)")
    if let block {
      if case .hit = decision { return }
      return try make(block, &entry, progress)
    }
    if case .hit(let version, _) = decision { return try tellHit(entry, version) }
    try make(&entry, progress)
  }

  /// Tells that the version was there. A job that is run again, or beside itself, must not hide that it made it.
  private func tellHit(_ entry: RunRecord.Entry, _ version: PublishedVersion) throws {
    if let told = StageResult(of: stage.name, in: plan), told.entry.version == version.name { return }
    var entry = entry
    entry.result = "hit"
    entry.take(version)
    try StageResult(entry, job: job).publish(in: plan)
  }

  private func tellBegun(_ entry: RunRecord.Entry) throws {
    var entry = entry
    entry.result = "running"
    try StageResult(entry, job: job).publish(in: plan)
    try PlanRecord(plan).settle()
  }

  private func tellMade(
    _ entry: RunRecord.Entry, _ attempt: StageRun.Attempt, _ made: StagePublication.Result
  ) throws {
    var entry = entry
    entry.take(attempt)
    entry.take(made.version)
    entry.result = made.isKept ? "kept" : "made"
    try StageResult(entry, job: job).publish(in: plan)
    let kept = made.isKept ? ", the same contents as before" : ""
    say("made   \(stage.name)  version \(made.version.name)\(kept)")
  }

  private func make(_ entry: inout RunRecord.Entry, _ progress: PlanProgress) throws {
    let run = try stageRun(&entry, progress)
    let planned = entry
    let ending = run.run(
      .init(begins: { try tellBegun(planned) }, hasMade: { try tellMade(planned, $0, $1) }))
    entry.take(ending.attempt)
    let published = try ending.result.get()
    guard published.isTaken else { return }
    say("hit    \(stage.name)  made by another process meanwhile, version \(published.version.name)")
    entry.log = nil
    try tellHit(entry, published.version)
  }

  /// Does a block. Others may do theirs at the same time, so that nothing is told unless it fails.
  private func make(_ block: Int, _ entry: inout RunRecord.Entry, _ progress: PlanProgress) throws {
    let ending = try stageRun(&entry, progress).runBlock(block)
    entry.take(ending.attempt)
    try ending.result.get()
    say("done   \(stage.name)  block \(block) of \(stage.checked.limits.blocks)")
  }

  private func stageRun(_ entry: inout RunRecord.Entry, _ progress: PlanProgress) throws -> StageRun {
    let inputs = try inputs(progress)
    try checkProgram()
    let run = StageRun(
      stage: stage.checked, inputs: inputs, store: plan.store, logs: plan.folder,
      threads: plan.threads(of: stage.checked), executor: LocalExecutor(), signals: signals,
      program: try SourceFingerprint(stage.checked.program.path), margin: "         ", isForced: plan.isForced,
      say: say, firstAttempt: firstAttempt)
    entry.key = run.key.digest.hexadecimal
    entry.attempts = firstAttempt
    return run
  }

  /// The number after those of all logs that are there.
  private var firstAttempt: Int {
    (1...).first { !Files.exists(StageCommand.log(of: stage.name, block: block, attempt: $0, in: plan.folder)) } ?? 1
  }

  /// The state of the run once all that the stage reads is there.
  private func waitForInputs() throws -> PlanProgress {
    let deadline = ContinuousClock.now + .seconds(patience)
    var progress = PlanProgress(plan)
    while true {
      progress.refresh()
      guard let missing = progress.inputs(of: stage.checked).filter({ $0.value == nil }).keys.min() else {
        return progress
      }
      guard .now < deadline else {
        let producer = stage.checked.inputs[missing].map { "\($0)" } ?? missing
        throw PlanError.noInput(stage: stage.name, input: missing, producer: producer, run: plan.run)
      }
      try signals.sleep(seconds: min(1, patience / 10))
    }
  }

  /// The inputs, every byte of them verified.
  private func inputs(_ progress: PlanProgress) throws -> [String: StageRun.Input] {
    var inputs: [String: StageRun.Input] = [:]
    for (name, reference) in stage.checked.inputs.sorted(by: { $0.key < $1.key }) {
      switch reference {
      case .source(let source): inputs[name] = try input(source)
      case .output(let producer, let output):
        guard let version = progress.versions[producer], let made = version.outputs[output] else {
          throw PlanError.noInput(stage: stage.name, input: name, producer: producer, run: plan.run)
        }
        do { try ArtifactFile(path: made.path).verify(interrupted: signals.check) } catch let error as FileError {
          throw try damaged(name, error, version)
        }
        inputs[name] = .init(path: made.path, digest: made.digest)
      }
    }
    return inputs
  }

  /// Takes a damaged version away if this run may make it again.
  private func damaged(_ input: String, _ error: FileError, _ version: PublishedVersion) throws -> any Error {
    guard let producer = plan.stage(version.stage), plan.isSelected(producer) else {
      return PipelineError.damagedInput(
        stage: stage.name, input: input, reason: "\(error)", producer: version.stage)
    }
    try plan.store.remove(version.name, of: version.stage)
    return PlanError.damagedInput(stage: stage.name, input: input, reason: "\(error)", producer: version.stage)
  }

  private func input(_ name: String) throws -> StageRun.Input {
    guard let source = plan.source(name) else {
      throw PlanError.noInput(stage: stage.name, input: name, producer: "sources.\(name)", run: plan.run)
    }
    let fingerprint = try SourceFingerprint(source.file.path)
    guard try source.file.isUnchanged(isArtifact: source.isArtifact, interrupted: signals.check) else {
      throw PlanError.otherData(source: name, path: source.file.path)
    }
    return .init(
      path: source.file.path, digest: source.file.digest, fingerprint: fingerprint, isArtifact: source.isArtifact)
  }

  private func checkProgram() throws {
    for file in stage.files {
      guard try file.isUnchanged(interrupted: signals.check) else {
        throw PlanError.otherProgram(stage: stage.name, path: file.path)
      }
    }
  }
}
