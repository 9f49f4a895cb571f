/// The action for a stage that the store does not have, by the state of its job. Whether a stage is done is
/// asked of the store alone.
enum JobVerdict: Equatable {
  /// Nothing but to wait.
  case wait(String)
  /// The job is ours and held since the submission.
  case release
  /// The job will never make the stage, through no fault of the stage.
  case again(String)
  /// The stage cannot be made.
  case failed(String)

  /// What is no news of a job: it waits for those whose outputs it reads.
  static let usual = ["PENDING", "PENDING, Dependency"]

  struct Facts {
    var stage: CheckedStage
    /// The job; `nil` if the controller knows none.
    var job: SlurmJob?
    /// `true` if the job was released before.
    var isReleased = true
    /// What the stage's process told, if it told of this job.
    var result: StageResult?
    /// `true` if the job of a stage whose outputs this one reads ended without success, whatever the store has.
    var isUpstreamBroken = false
    /// The tasks that do the blocks of the stage's work, if that is divided and the controller knows them.
    var blocks: [SlurmJob] = []
    /// `true` if another run submitted the job, and may have cancelled it.
    var isBorrowed = false
    /// `true` if what the stage made, or told, was looked for long enough.
    var isOverdue = false
    /// The exit code, as Slurm has it.
    var exitCode: String?
  }

  init(_ facts: Facts) {
    if let result = facts.result, facts.job?.hasEnded ?? true {
      if result.isForInput {
        self = .again(result.entry.failure ?? "an input was damaged")
        return
      }
      if result.hasFailed {
        self = .failed(result.entry.failure ?? "\(facts.stage.name) failed")
        return
      }
      if result.isSuccess, facts.isOverdue {
        self = .again("what it made is gone")
        return
      }
    }
    if let verdict = Self.ofBlocks(facts) {
      self = verdict
      return
    }
    guard let job = facts.job else {
      self = facts.isOverdue ? .again("Slurm does not know its job any more") : .wait("Slurm does not know its job")
      return
    }
    self = job.hasEnded ? Self.ended(job, facts) : Self.alive(job, facts)
  }

  /// The verdict that follows from the blocks; `nil` where they say nothing.
  private static func ofBlocks(_ facts: Facts) -> JobVerdict? {
    let alive = facts.blocks.filter { !$0.hasEnded }
    guard let bad = facts.blocks.first(where: \.hasEndedBadly) else {
      if let held = alive.first(where: { JobVerdict.alive($0, facts).isAgain }) { return JobVerdict.alive(held, facts) }
      guard let job = facts.job, job.isPending, !job.isHeldByUser, !alive.isEmpty else { return nil }
      let running = alive.count { !$0.isPending }
      guard running > 0 else { return .wait(usual[1]) }
      return .wait("\(alive.count) of \(facts.stage.limits.blocks) blocks are left, \(running) run")
    }
    switch bad.state {
    case "TIMEOUT", "DEADLINE", "OUT_OF_MEMORY": return ended(bad, facts)
    case _ where !alive.isEmpty: return .wait("block \(bad.task ?? 0) ended as \(bad.text), \(alive.count) go on")
    case "FAILED" where facts.job?.hasEnded == false: return .wait("block \(bad.task ?? 0) FAILED")
    default: return ended(bad, facts)
    }
  }

  private var isAgain: Bool { if case .again = self { true } else { false } }

  private static func alive(_ job: SlurmJob, _ facts: Facts) -> JobVerdict {
    guard job.isPending else { return .wait(job.text) }
    switch job.reason {
    case "JobHeldUser" where !facts.isReleased: return .release
    case "JobHeldUser", "JobHeldAdmin":
      return .wait("\(job.text): scontrol release \(job.reference) lets it go")
    case "DependencyNeverSatisfied": return .again("it waits for a job that ended otherwise")
    case "JobHoldMaxRequeue", "launch_failed_requeued_held", "launch failed requeued held":
      return .again("Slurm holds its job, \(job.reason)")
    default: return .wait(job.text)
    }
  }

  private static func ended(_ job: SlurmJob, _ facts: Facts) -> JobVerdict {
    let name = facts.stage.name
    let limits = facts.stage.limits
    switch job.state {
    case "COMPLETED":
      return facts.isOverdue
        ? .failed("\(name): job \(job.reference) ended well, and published nothing; its output is in the run's folder")
        : .wait("COMPLETED, looking for what it published")
    case "FAILED":
      // The stage's own words may come late on a network file system.
      guard facts.isOverdue else { return .wait("FAILED, looking for what it told") }
      let code = facts.exitCode.map { " with \($0)" } ?? ""
      return .failed("\(name): job \(job.reference) failed\(code); its output is in the run's folder")
    case "TIMEOUT", "DEADLINE":
      let limit = limits.time.map { ", \($0.text)" } ?? ""
      return .failed(
        "\(name): job \(job.reference) was ended, since it took longer than its time limit\(limit); "
          + "raise \"time\" of its \"resources\"")
    case "OUT_OF_MEMORY":
      let limit = limits.memory.map { ", \($0.text)" } ?? ""
      return .failed(
        "\(name): job \(job.reference) was ended, since it took more memory than its limit\(limit); "
          + "raise \"memory\" of its \"resources\"")
    case "CANCELLED" where facts.isUpstreamBroken || facts.isBorrowed:
      return .again("its job was cancelled with another")
    case "CANCELLED": return .failed("\(name): job \(job.reference) was cancelled by somebody")
    default: return .again("its job ended as \(job.text)")
    }
  }
}
