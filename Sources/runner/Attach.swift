import ArgumentParser
import Pipeline
import SystemFiles

struct Attach: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Watch a run on a cluster to its end, and submit again what the cluster lost.",
    discussion: "A run is named by its identifier or the beginning of it. Ctrl-C leaves the run to the cluster.")

  @OptionGroup var options: OutlineOptions

  @Argument(help: ArgumentHelp("The run; by default the newest under way.", valueName: "run"))
  var name: String?

  @Flag(help: "Print only the verdict if the run succeeds; errors are always printed.")
  var quiet = false

  func run() throws {
    try Runner.exiting {
      let signals = try StopSignals()
      let plan = try SlurmRuns(options.runs()).plan(of: name)
      let isQuiet = quiet
      let lock = try plan.store.waitForRunning(signals)
      defer { withExtendedLifetime(lock) {} }
      let slurm = try SlurmRun(plan, signals: signals) { line in
        if !isQuiet { StandardError.write(line: line) }
      }
      let record = try ClusterOptions.leaving(plan, options.pipeline) { try slurm.watch() }
      let report = RunReport(record)
      print((quiet ? report.briefLines : report.lines).joined(separator: "\n"))
    }
  }
}
