import ArgumentParser
import Pipeline
import SystemFiles

struct Cancel: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "End a run on a cluster with all of its jobs, or give up one that is only planned.",
    discussion: "What its stages have made stays, and is used by the next run.")

  @OptionGroup var options: ClusterRunOptions

  @Flag(help: "End all runs of the pipeline that are under way, such as those of a sweep.")
  var all = false

  func validate() throws {
    if all, options.name != nil { throw ValidationError("give a run or --all, not both") }
  }

  func run() throws {
    try Runner.exiting {
      let signals = try StopSignals()
      let plans = try all ? options.plansUnderWay() : [options.plan(includingPlanned: true)]
      for plan in plans {
        let slurm = try SlurmRun(plan, signals: signals) { StandardError.write(line: $0) }
        let count = try slurm.cancel()
        print("\(plan.run) is cancelled; \(count) job\(count == 1 ? "" : "s") ended")
      }
      if plans.isEmpty { print("no run is under way") }
    }
  }
}
