import Artifacts

/// Jobs of runs that begin together, by what they make, so that what several of them need is one job.
package final class SharedJobs {
  private var jobs: [Digest: SubmittedJobs.Job] = [:]
  /// The identities of what the stages of each run make, by run and stage.
  private var identities: [String: [String: Digest]] = [:]

  package init() {}

  /// The job that was submitted last for what a stage makes, as one of another run.
  func job(for stage: FrozenPlan.Stage, of plan: FrozenPlan) -> SubmittedJobs.Job? {
    guard let identity = identity(of: stage.name, in: plan), let job = jobs[identity], job.lender != plan.run else {
      return nil
    }
    return job
  }

  func add(_ job: SubmittedJobs.Job, of plan: FrozenPlan) {
    guard let identity = identity(of: job.stage, in: plan) else { return }
    var job = job
    job.lender = plan.run
    jobs[identity] = job
  }

  /// Lends no job of a run any more.
  func forget(_ plan: FrozenPlan) { jobs = jobs.filter { $0.value.lender != plan.run } }

  private func identity(of stage: String, in plan: FrozenPlan) -> Digest? {
    let known = identities[plan.run] ?? plan.identities
    identities[plan.run] = known
    return known[stage]
  }
}
