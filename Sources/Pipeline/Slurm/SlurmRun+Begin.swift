package import Artifacts
import SystemFiles

/// Beginning: a new run, or one that makes the same and that nobody watches any more, as after its runner was killed.
extension SlurmRun {
  /// Prepares a run of a plan. One that is new is on record and not submitted yet.
  ///
  /// - Parameters:
  ///   - unfinished: plans of runs that may be gone on with, by what they make.
  ///   - shared: jobs of the runs that begin together, if there are several.
  package static func prepare(
    _ plan: FrozenPlan, unfinished: [Digest: [FrozenPlan]], shared: SharedJobs? = nil, signals: StopSignals,
    say: @escaping @Sendable (String) -> Void
  ) throws -> (run: SlurmRun, isNew: Bool) {
    for other in unfinished[plan.contents] ?? [] where other.run != plan.run {
      let run = try SlurmRun(other, signals: signals, shared: shared, say: say)
      guard try run.takeCharge() else { continue }
      Files.remove(plan.folder)
      say("\(other.run) makes the same and is under way; this goes on with it")
      return (run, false)
    }
    let run = try SlurmRun(plan, signals: signals, shared: shared, say: say)
    try plan.publish()
    // From here on the run goes on though this process does not.
    try PlanRecord(plan).settle()
    return (run, true)
  }

  /// Takes up the jobs of a run that was begun before, and lets other runs wait for them.
  func takeUp(_ known: [SlurmJob]) throws {
    try adopt(known)
    lend()
  }
}
