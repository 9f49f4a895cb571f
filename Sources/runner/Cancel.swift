import ArgumentParser
import Pipeline
import SystemFiles

struct Cancel: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "End a run on a cluster with all of its jobs, or give up one that is only planned.",
    discussion: "What its stages have made stays, and is used by the next run.")

  @OptionGroup var options: ClusterRunOptions

  func run() throws {
    try Runner.exiting {
      let plan = try options.plan(includingPlanned: true)
      let slurm = try SlurmRun(plan, signals: StopSignals()) { StandardError.write(line: $0) }
      let count = try slurm.cancel()
      print("\(plan.run) is cancelled; \(count) job\(count == 1 ? "" : "s") ended")
    }
  }
}
