import Artifacts
import SystemFiles

/// A run whose stages are jobs of a Slurm cluster. The graph lies in Slurm, as dependencies between jobs, so that the
/// stages go on whatever becomes of this process, which submits, watches, and submits again what Slurm lost.
package final class SlurmRun {
  package let plan: FrozenPlan
  let client: SlurmClient
  let signals: StopSignals
  let say: @Sendable (String) -> Void
  var jobs: SubmittedJobs
  var progress: PlanProgress
  var interval: PollingInterval
  /// How often a job is submitted again that Slurm lost, even if the stage itself is not to be tried again. One restart
  /// of the controller may cost a job several times: it is forgotten, and then refused by a node that knows its number.
  static let leastAgain = 3

  /// Jobs that were released since Slurm last seemed to have forgotten anything. One of them that is held again is held
  /// by somebody; any other by the submission, which Slurm may also remember without the release.
  var released: Set<Int> = []
  private let lines: StageLines
  /// What was said of each stage last.
  var said: [String: String] = [:]
  /// Since when the job of a stage that is not done has ended, or is not known.
  var endedSince: [String: ContinuousClock.Instant] = [:]
  /// Held by the one process that submits, if several watch.
  var lock: FileLock?
  /// Jobs of runs that were submitted together; `nil` if this run is alone.
  private let shared: SharedJobs?

  package convenience init(_ plan: FrozenPlan, signals: StopSignals, say: @escaping @Sendable (String) -> Void) throws {
    try self.init(plan, signals: signals, shared: nil, say: say)
  }

  init(
    _ plan: FrozenPlan, signals: StopSignals, shared: SharedJobs?, say: @escaping @Sendable (String) -> Void
  ) throws {
    self.plan = plan
    self.shared = shared
    self.signals = signals
    self.say = say
    client = SlurmClient(signals: signals)
    jobs = try SubmittedJobs(plan)
    progress = PlanProgress(plan)
    lines = StageLines(plan.stages.map(\.name))
    interval = try PollingInterval(ProcessEnvironment.inherited[PollingInterval.variable])
  }

  /// Takes the part of the process that submits.
  ///
  /// - Returns: `false` if another process of this host watches the run.
  package func takeCharge() throws -> Bool {
    if lock == nil {
      let path = "\(plan.folder)/.watch.lock"
      lock = try naming(path) { try FileLock(path, .exclusive) }
    }
    return lock != nil
  }

  /// Submits the whole graph as held jobs, and releases them once all are on record. Where Slurm refuses one, none is
  /// left; where a signal comes, the same command goes on with them.
  package func submit() throws {
    _ = try takeCharge()
    progress.refresh()
    for stage in plan.stages where !stage.isOpen { tell(stage.name, stage.decision, stage.reasons) }
    do {
      try submit(Set(plan.stages.filter { plan.isSelected($0) && !progress.isDone($0) }.map(\.name)))
    } catch let error as Stopped { throw error } catch {
      try? client.cancel(jobs.identifiers)
      shared?.forget(plan)
      try? PlanRecord(plan).cancel()
      _ = try? PlanRecord(plan).settle()
      throw error
    }
    try PlanRecord(plan).settle()
  }

  /// Submits stages, each after those that it reads.
  ///
  /// - Parameter again: reasons by stages that are submitted through no fault of their own.
  func submit(_ stages: Set<String>, again: [String: String] = [:]) throws {
    var submitted: [Int] = []
    for stage in plan.stages where stages.contains(stage.name) {
      try signals.check()
      if let job = shared?.job(for: stage, of: plan), job.identifier != jobs.last(of: stage.name)?.identifier {
        try borrow(job, isAgain: again[stage.name] != nil)
        continue
      }
      let after = stage.checked.parents.sorted().compactMap { parent -> Int? in
        guard let producer = plan.stage(parent), !progress.isDone(producer) else { return nil }
        return jobs.last(of: parent)?.identifier
      }
      var job = try submit(stage, after: after)
      job.isAgain = again[stage.name] != nil
      try jobs.add(job)
      shared?.add(job, of: plan)
      submitted += [job.array, job.identifier].compactMap { $0 }
      let blocks = job.array.map { ", after \(stage.checked.limits.blocks) blocks, job \($0)" } ?? ""
      let reason = again[stage.name].map { " again, since \($0)" } ?? ""
      tell(stage.name, "submit", "job \(job.identifier)\(blocks)\(reason)")
    }
    guard !submitted.isEmpty else { return }
    try release(submitted)
  }

  /// Submits a stage, behind an array job for its blocks if its work is divided.
  private func submit(_ stage: FrozenPlan.Stage, after: [Int]) throws -> SubmittedJobs.Job {
    func submit(_ script: JobScript, _ after: [Int]) throws -> Int {
      try script.publish()
      return try client.submit(script.path, script.options(after: after))
    }
    var script = JobScript(plan: plan, stage: stage, patience: interval.patience)
    guard stage.checked.limits.blocks > 1 else {
      return .init(stage: stage.name, identifier: try submit(script, after), submitted: Host.timestamp)
    }
    script.isOfBlocks = true
    let array = try submit(script, after)
    script.isOfBlocks = false
    do {
      let identifier = try submit(script, after + [array])
      return .init(stage: stage.name, identifier: identifier, submitted: Host.timestamp, array: array)
    } catch {
      // A held job that nobody knows of would wait for ever.
      try? client.cancel([array])
      throw error
    }
  }

  /// Waits for another run's job, which makes the same.
  private func borrow(_ job: SubmittedJobs.Job, isAgain: Bool) throws {
    var job = job
    job.isAgain = isAgain
    try jobs.add(job)
    released.insert(job.identifier)
    tell(job.stage, "share", "job \(job.identifier) of \(job.lender ?? plan.run)")
  }

  func lend() {
    for stage in plan.stages {
      if let job = jobs.last(of: stage.name), job.lender == nil { shared?.add(job, of: plan) }
    }
  }

  func release(_ identifiers: [Int]) throws {
    guard !identifiers.isEmpty else { return }
    try client.release(identifiers)
    released.formUnion(identifiers)
  }

  /// Says what is new about a stage.
  func tell(_ stage: String, _ word: String, _ text: String) {
    let line = lines.line(word, stage, text)
    guard said[stage] != line else { return }
    said[stage] = line
    say(line)
  }

  /// Ends all jobs of the run, and the run.
  ///
  /// - Returns: the number of jobs that had not ended.
  package func cancel() throws -> Int {
    try PlanRecord(plan).cancel()
    guard plan.slurm != nil else {
      try PlanRecord(plan).settle()
      return 0
    }
    let names = Set(
      plan.stages.flatMap { [jobs.name(of: $0.name), SubmittedJobs.nameOfBlocks(of: $0.name, in: plan)] })
    let left = try client.jobs().filter { names.contains($0.name) && !$0.hasEnded }
    // Those that wait go first, so that none of them begins.
    let pending = Set(left.filter(\.isPending).map(\.identifier))
    let others = Set(left.map(\.identifier)).subtracting(pending)
    try client.cancel(pending.sorted() + others.sorted())
    try PlanRecord(plan).settle()
    return pending.count + others.count
  }
}
