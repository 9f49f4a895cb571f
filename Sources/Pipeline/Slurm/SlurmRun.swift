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
  private static let leastAgain = 3

  /// Jobs that were released since Slurm last seemed to have forgotten anything. One of them that is held again is held
  /// by somebody; any other by the submission, which Slurm may also remember without the release.
  private var released: Set<Int> = []
  /// What was said of each stage last.
  private var said: [String: String] = [:]
  /// Since when the job of a stage that is not done has ended, or is not known.
  private var endedSince: [String: ContinuousClock.Instant] = [:]
  /// Held by the one process that submits, if several watch.
  private var lock: FileLock?

  package init(_ plan: FrozenPlan, signals: StopSignals, say: @escaping @Sendable (String) -> Void) throws {
    self.plan = plan
    self.signals = signals
    self.say = say
    client = SlurmClient(signals: signals)
    jobs = try SubmittedJobs(plan)
    progress = PlanProgress(plan)
    interval = try PollingInterval(ProcessEnvironment.inherited[PollingInterval.variable])
  }

  /// The longest name of a stage.
  private var width: Int { plan.stages.map(\.name.count).max() ?? 0 }

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
      try? client.cancel(jobs.jobs.map(\.identifier))
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
      let script = JobScript(plan: plan, stage: stage, patience: interval.patience)
      try script.publish()
      let after = stage.checked.parents.sorted().compactMap { parent -> Int? in
        guard let producer = plan.stage(parent), !progress.isDone(producer) else { return nil }
        return jobs.last(of: parent)?.identifier
      }
      let identifier = try client.submit(script.path, script.options(after: after))
      try jobs.add(
        .init(
          stage: stage.name, identifier: identifier, submitted: Host.timestamp, isAgain: again[stage.name] != nil))
      submitted.append(identifier)
      let reason = again[stage.name].map { " again, since \($0)" } ?? ""
      tell(stage.name, "submit", "job \(identifier)\(reason)")
    }
    guard !submitted.isEmpty else { return }
    try release(submitted)
  }

  private func release(_ identifiers: [Int]) throws {
    guard !identifiers.isEmpty else { return }
    try client.release(identifiers)
    released.formUnion(identifiers)
  }

  /// Watches until every stage is done or cannot be made.
  ///
  /// - Throws: the first failure; `Stopped` if a signal ended the watching, which leaves the jobs as they are.
  package func watch() throws -> RunRecord {
    while true {
      let record = PlanRecord(plan)
      let isChanged = try look()
      if progress.isFinished { return try record.settle() }
      if record.isCancelled {
        try record.settle()
        throw SlurmError.cancelled(run: plan.run)
      }
      let lost = progress.lost
      if plan.stages.allSatisfy({ progress.isDone($0) || lost.contains($0.name) }) {
        try? client.cancel(leftovers(lost))
        try record.settle()
        throw SlurmError.stageFailed(firstFailure)
      }
      if isChanged { interval.reset() } else { interval.grow() }
      try signals.sleep(seconds: interval.next)
    }
  }

  private var firstFailure: String {
    let failed = plan.stages.compactMap { progress.results[$0.name] }.filter(\.hasFailed)
    return failed.min { $0.time < $1.time }?.entry.failure ?? "\(plan.run) failed"
  }

  /// Jobs that wait for stages that cannot be made.
  private func leftovers(_ lost: Set<String>) -> [Int] {
    guard lock != nil, let known = try? client.jobs() else { return [] }
    return lost.compactMap { job(of: $0, among: known) }.filter { !$0.hasEnded }.map(\.identifier)
  }

  /// Asks the controller and the store once, and does what follows.
  ///
  /// - Returns: `true` if anything changed.
  private func look() throws -> Bool {
    let before = said
    do {
      let known = try client.jobs()
      progress.refresh()
      // What becomes of jobs that were cancelled says nothing about stages.
      guard !PlanRecord(plan).isCancelled else { return true }
      if try takeCharge() { try adopt(known) } else { jobs = try SubmittedJobs(plan) }
      try act(on: known)
    } catch let error as SlurmError {
      guard case .unreachable = error else { throw error }
      released = []
      // What the store tells holds all the same.
      progress.refresh()
      for stage in plan.stages where progress.isDone(stage) { tellDone(stage) }
      tell("", "wait", "\(error)")
    }
    return said != before
  }

  /// Takes jobs into the record whose submission was not written down any more.
  private func adopt(_ known: [SlurmJob]) throws {
    for stage in plan.stages where jobs.last(of: stage.name) == nil {
      guard let job = known.last(where: { $0.name == jobs.name(of: stage.name) }) else { continue }
      try jobs.add(.init(stage: stage.name, identifier: job.identifier, submitted: Host.timestamp))
    }
  }

  /// The job that was submitted last for a stage. Another one that was given its identifier has another name.
  private func job(of stage: String, among known: [SlurmJob]) -> SlurmJob? {
    guard let last = jobs.last(of: stage) else { return nil }
    return known.first { $0.identifier == last.identifier && $0.name == jobs.name(of: stage) }
  }

  private func act(on known: [SlurmJob]) throws {
    var again: [String: String] = [:]
    var release: [Int] = []
    let forgotten = plan.stages.filter { !progress.isDone($0) && jobs.last(of: $0.name) != nil }
    if forgotten.contains(where: { job(of: $0.name, among: known) == nil }) { released = [] }
    var lost = progress.lost
    for stage in plan.stages where plan.isSelected(stage) {
      if progress.isDone(stage) {
        tellDone(stage)
        continue
      }
      guard !lost.contains(stage.name) else { continue }
      guard let last = jobs.last(of: stage.name) else {
        again[stage.name] = ""
        continue
      }
      let verdict = verdict(stage, known)
      let isReady = stage.checked.parents.allSatisfy { progress.versions[$0] != nil }
      switch verdict {
      // What became of a job whose inputs are not there follows from theirs.
      case .again, .failed: guard isReady else { continue }
      case .wait, .release: break
      }
      switch verdict {
      case .wait(let reason): if !JobVerdict.usual.contains(reason) { tell(stage.name, "wait", reason) }
      case .release: release.append(last.identifier)
      case .again(let reason) where jobs.timesAgain(stage.name) < max(Self.leastAgain, stage.checked.limits.retries):
        again[stage.name] = reason
      case .again(let reason):
        try fail(stage, "\(stage.name): \(reason), after it was submitted again \(jobs.timesAgain(stage.name)) times")
        lost = progress.lost
      case .failed(let reason):
        try fail(stage, reason)
        lost = progress.lost
      }
    }
    guard lock != nil else { return }
    try self.release(release)
    try submitAgain(again, known)
  }

  /// Submits stages, and those that wait for them, whose jobs depend on jobs that are no more.
  private func submitAgain(_ stages: [String: String], _ known: [SlurmJob]) throws {
    guard !stages.isEmpty else { return }
    var all = Set(stages.keys)
    for stage in plan.stages where plan.isSelected(stage) && !progress.isDone(stage) {
      if !all.isDisjoint(with: stage.checked.parents) { all.insert(stage.name) }
    }
    try client.cancel(all.compactMap { job(of: $0, among: known) }.filter { !$0.hasEnded }.map(\.identifier))
    try submit(all, again: stages.filter { !$0.value.isEmpty })
    for stage in all { endedSince[stage] = nil }
  }

  private func verdict(_ stage: FrozenPlan.Stage, _ known: [SlurmJob]) -> JobVerdict {
    let last = jobs.last(of: stage.name)
    let job = job(of: stage.name, among: known)
    var facts = JobVerdict.Facts(
      stage: stage.checked, job: job, isReleased: last.map { released.contains($0.identifier) } ?? false)
    facts.result = progress.results[stage.name].flatMap { result in
      result.job == last.map { "\($0.identifier)" } ? result : nil
    }
    facts.isUpstreamBroken = stage.checked.parents.contains { parent in
      jobs.last(of: parent) != nil && self.job(of: parent, among: known)?.hasEndedBadly ?? true
    }
    if job?.hasEnded ?? true {
      let since = endedSince[stage.name] ?? .now
      endedSince[stage.name] = since
      facts.isOverdue = .now >= since + .seconds(interval.patience)
      if facts.isOverdue, job?.state == "FAILED" {
        facts.exitCode = last.flatMap { client.exitCode(of: $0.identifier) }
      }
    } else {
      endedSince[stage.name] = nil
    }
    return JobVerdict(facts)
  }

  /// Notes that a stage cannot be made, where its own process did not.
  private func fail(_ stage: FrozenPlan.Stage, _ reason: String) throws {
    tell(stage.name, "failed", reason)
    if progress.results[stage.name]?.hasFailed == true { return }
    var entry = RunRecord.Entry(
      stage: stage.name, decision: stage.decision, reasons: stage.reasons, result: "failed")
    entry.program = stage.checked.program
    entry.params = stage.checked.params
    entry.inputs = progress.inputs(of: stage.checked).compactMapValues { $0 }
    entry.log = progress.results[stage.name]?.entry.log
    entry.failure = reason
    if lock != nil {
      try StageResult(entry, job: jobs.last(of: stage.name).map { "\($0.identifier)" }).publish(in: plan)
    }
    progress.refresh()
  }

  private func tellDone(_ stage: FrozenPlan.Stage) {
    guard jobs.last(of: stage.name) != nil, let version = progress.versions[stage.name] else { return }
    guard let result = progress.results[stage.name], result.entry.version == version.name else {
      return tell(stage.name, "hit", "version \(version.name)")
    }
    let seconds = result.entry.outcome.map { "\(($0.seconds * 1000).rounded() / 1000) s, " } ?? ""
    let isHit = result.entry.result == "hit"
    tell(stage.name, isHit ? "hit" : "made", "\(seconds)version \(version.name), on \(result.host)")
  }

  /// Says what is new about a stage.
  private func tell(_ stage: String, _ word: String, _ text: String) {
    let line = "\(word.padded(to: 6)) \(stage.padded(to: width))  \(text)"
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
    let names = Set(plan.stages.map { jobs.name(of: $0.name) })
    let left = try client.jobs().filter { names.contains($0.name) && !$0.hasEnded }
    // Those that wait go first, so that none of them begins.
    try client.cancel(left.filter(\.isPending).map(\.identifier) + left.filter { !$0.isPending }.map(\.identifier))
    try PlanRecord(plan).settle()
    return left.count
  }
}
