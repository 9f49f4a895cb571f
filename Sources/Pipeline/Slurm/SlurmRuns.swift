import Artifacts
import SystemFiles

/// The runs of a store that are on a cluster.
package struct SlurmRuns {
  private let runs: StoredRuns

  package init(_ runs: StoredRuns) { self.runs = runs }

  /// The plan of a run by its name, or of the newest that is under way.
  ///
  /// - Parameter includingPlanned: `true` if plans count too that no cluster knows of.
  /// - Throws: `RunError` or `SlurmError` if there is none.
  package func plan(of name: String?, includingPlanned: Bool = false) throws -> FrozenPlan {
    let run: StoredRun
    if let name {
      run = try runs.find(name)
    } else {
      guard let newest = try underWay().first else { throw SlurmError.noneUnderWay(pipeline: runs.pipeline ?? "") }
      run = newest
    }
    let path = "\(run.folder)/\(FrozenPlan.fileName)"
    guard Files.exists(path) else { throw SlurmError.notOnCluster(run: run.identifier) }
    let plan = try FrozenPlan(path: path)
    guard plan.slurm != nil || includingPlanned else { throw SlurmError.notOnCluster(run: run.identifier) }
    return plan
  }

  /// A run under way that makes the same and that nobody watches, as after its runner was killed.
  package func abandoned(like plan: FrozenPlan, signals: StopSignals, say: @escaping @Sendable (String) -> Void) throws
    -> SlurmRun?
  {
    for run in try underWay() where run.identifier != plan.run {
      guard let other = try? FrozenPlan(path: "\(run.folder)/\(FrozenPlan.fileName)"), other.slurm != nil,
        other.contents == plan.contents, !PlanRecord(other).isCancelled,
        !run.stages.contains(where: { $0.result == "failed" })
      else { continue }
      let slurm = try SlurmRun(other, signals: signals, say: say)
      if try slurm.takeCharge() { return slurm }
    }
    return nil
  }

  private func underWay() throws -> [StoredRun] {
    try runs.last(50).filter { $0.state == .running && Files.exists("\($0.folder)/\(FrozenPlan.fileName)") }
  }
}
