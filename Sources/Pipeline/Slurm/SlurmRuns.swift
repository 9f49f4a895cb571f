package import Artifacts
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

  /// The plans of all runs that a cluster is at, the newest first.
  package func plansUnderWay() throws -> [FrozenPlan] {
    try underWay(among: .max).compactMap(openPlan)
  }

  /// The plan of a run that is with Slurm and was not cancelled.
  private func openPlan(of run: StoredRun) -> FrozenPlan? {
    guard let plan = try? FrozenPlan(path: "\(run.folder)/\(FrozenPlan.fileName)"), plan.slurm != nil,
      !PlanRecord(plan).isCancelled
    else { return nil }
    return plan
  }

  /// The plans of runs that can be gone on with, by what they make.
  ///
  /// - Parameter count: of the newest runs that are looked at.
  package func unfinished(among count: Int = newest) throws -> [Digest: [FrozenPlan]] {
    let plans = try underWay(among: count).filter { run in !run.stages.contains { $0.result == "failed" } }
      .compactMap(openPlan)
    return Dictionary(grouping: plans, by: \.contents)
  }

  /// The number of runs among which an unfinished one is looked for, unless told otherwise.
  package static let newest = 50

  private func underWay(among count: Int = newest) throws -> [StoredRun] {
    try runs.last(count).filter { $0.state == .running && Files.exists("\($0.folder)/\(FrozenPlan.fileName)") }
  }
}
