import Artifacts
import SystemFiles

/// Watching: what becomes of the stages, and submitting again what Slurm lost.
extension SlurmRun {
  /// Watches until every stage is done or cannot be made.
  ///
  /// - Throws: the first failure; `Stopped` if a signal ended the watching, which leaves the jobs as they are.
  package func watch() throws -> RunRecord {
    while true {
      if let record = try watchOnce({ try client.jobs() }) { return record }
      try signals.sleep(seconds: interval.next)
    }
  }

  /// Looks once at what became of the stages, and does what follows.
  ///
  /// - Parameter ask: asks the controller for all jobs of this user.
  /// - Returns: the record of a run that is finished; `nil` if it is under way, and `interval` says when to look again.
  func watchOnce(_ ask: () throws -> [SlurmJob]) throws -> RunRecord? {
    let record = PlanRecord(plan)
    let isChanged = try look(ask)
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
    return nil
  }

  private var firstFailure: String {
    let failed = plan.stages.compactMap { progress.results[$0.name] }.filter(\.hasFailed)
    return failed.min { $0.time < $1.time }?.entry.failure ?? "\(plan.run) failed"
  }

  /// Jobs that wait for stages that cannot be made.
  private func leftovers(_ lost: Set<String>) -> [Int] {
    guard lock != nil, let known = try? client.jobs() else { return [] }
    return alive(lost, known)
  }

  /// The jobs of stages that this run submitted and that have not ended.
  private func alive(_ stages: Set<String>, _ known: [SlurmJob]) -> [Int] {
    let own = stages.filter { jobs.last(of: $0)?.lender == nil }
    // Array jobs by their names: one may not have been written down.
    let names = Set(own.map { SubmittedJobs.nameOfBlocks(of: $0, in: plan) })
    let found = own.compactMap { job(of: $0, among: known) } + known.filter { names.contains($0.name) }
    return Set(found.filter { !$0.hasEnded }.map(\.identifier)).sorted()
  }

  /// Asks the controller and the store once, and does what follows.
  ///
  /// - Returns: `true` if anything changed.
  private func look(_ ask: () throws -> [SlurmJob]) throws -> Bool {
    let before = said
    do {
      let known = try ask()
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
  func adopt(_ known: [SlurmJob]) throws {
    for stage in plan.stages where jobs.last(of: stage.name) == nil {
      guard let job = known.last(where: { $0.name == jobs.name(of: stage.name) }) else { continue }
      let name = SubmittedJobs.nameOfBlocks(of: stage.name, in: plan)
      try jobs.add(
        .init(
          stage: stage.name, identifier: job.identifier, submitted: Host.timestamp,
          array: known.last { $0.name == name }?.identifier))
    }
  }

  /// The job that was submitted last for a stage. Another one that was given its identifier has another name.
  private func job(of stage: String, among known: [SlurmJob]) -> SlurmJob? {
    guard let last = jobs.last(of: stage) else { return nil }
    return known.first { $0.identifier == last.identifier && $0.name == jobs.name(of: last) }
  }

  /// The tasks that do the blocks of a stage's work, as far as the controller knows them.
  private func blocks(of stage: String, among known: [SlurmJob]) -> [SlurmJob] {
    guard let last = jobs.last(of: stage), last.lender == nil, let array = last.array else { return [] }
    let name = SubmittedJobs.nameOfBlocks(of: stage, in: plan)
    return known.filter { $0.identifier == array && $0.name == name && $0.task != nil }
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
      let blocks = blocks(of: stage.name, among: known)
      if let array = last.array, !released.contains(array), blocks.contains(where: \.isHeldByUser) {
        release.append(array)
      }
      let verdict = verdict(stage, known, blocks)
      let isReady = stage.checked.parents.allSatisfy { progress.versions[$0] != nil }
      switch verdict {
      // What became of a job whose inputs are not there follows from theirs.
      case .again, .failed: guard isReady else { continue }
      case .wait, .release: break
      }
      switch verdict {
      // The run that submitted a job says what it waits for.
      case .wait(let reason):
        if last.lender == nil, !JobVerdict.usual.contains(reason) { tell(stage.name, "wait", reason) }
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
    try client.cancel(alive(all, known))
    try submit(all, again: stages.filter { !$0.value.isEmpty })
    for stage in all { endedSince[stage] = nil }
  }

  private func verdict(_ stage: FrozenPlan.Stage, _ known: [SlurmJob], _ blocks: [SlurmJob]) -> JobVerdict {
    let last = jobs.last(of: stage.name)
    let job = job(of: stage.name, among: known)
    var facts = JobVerdict.Facts(
      stage: stage.checked, job: job, isReleased: last.map { released.contains($0.identifier) } ?? false)
    let identifiers = [last?.identifier, last?.array].compactMap { $0.map { "\($0)" } }
    facts.result = told(of: stage.name).flatMap { result in
      result.job.map(identifiers.contains) == true ? result : nil
    }
    facts.blocks = blocks
    facts.isBorrowed = last?.lender != nil
    facts.isUpstreamBroken = stage.checked.parents.contains { parent in
      jobs.last(of: parent) != nil && self.job(of: parent, among: known)?.hasEndedBadly ?? true
    }
    if last?.array != nil, blocks.isEmpty { facts.isUpstreamBroken = true }
    if job?.hasEnded ?? true {
      let since = endedSince[stage.name] ?? .now
      endedSince[stage.name] = since
      facts.isOverdue = .now >= since + .seconds(interval.patience)
      if facts.isOverdue, job?.state == "FAILED" {
        facts.exitCode = last.flatMap { client.exitCode(of: "\($0.identifier)") }
      }
    } else {
      endedSince[stage.name] = nil
    }
    return JobVerdict(facts)
  }

  /// The result that the process of a stage has written, in the folder of the run whose job it was.
  private func told(of stage: String) -> StageResult? {
    guard let lender = jobs.last(of: stage)?.lender else { return progress.results[stage] }
    return StageResult(of: stage, in: "\(Files.folder(of: plan.folder))/\(lender)", store: plan.store)
  }

  /// Notes that a stage cannot be made, where its own process did not.
  private func fail(_ stage: FrozenPlan.Stage, _ reason: String) throws {
    tell(stage.name, "failed", reason)
    if progress.results[stage.name]?.hasFailed == true { return }
    var entry = stage.entry("failed", inputs: progress.inputs(of: stage.checked))
    entry.log = told(of: stage.name)?.entry.log
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
    let seconds = result.entry.outcome.map { "\(rounded($0.seconds)) s, " } ?? ""
    let isHit = result.entry.result == "hit"
    tell(stage.name, isHit ? "hit" : "made", "\(seconds)version \(version.name), on \(result.host)")
  }
}
