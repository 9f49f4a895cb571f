import ArgumentParser
import Pipeline
import SystemFiles

struct Attach: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Watch a run on a cluster to its end, and submit again what the cluster lost.",
    discussion: "A run is named by its identifier or the beginning of it. Ctrl-C leaves the run to the cluster.")

  @OptionGroup var options: ClusterRunOptions

  @Flag(help: "Print only the verdict if the run succeeds; errors are always printed.")
  var quiet = false

  func run() throws {
    try Runner.exiting {
      let signals = try StopSignals()
      let plan = try options.plan()
      let isQuiet = quiet
      let lock = try plan.store.waitForRunning(signals)
      defer { withExtendedLifetime(lock) {} }
      let slurm = try SlurmRun(plan, signals: signals) { line in
        if !isQuiet { StandardError.write(line: line) }
      }
      let record = try ClusterOptions.leaving(plan, options.outline.pipeline) { try slurm.watch() }
      let report = RunReport(record)
      print((quiet ? report.briefLines : report.lines).joined(separator: "\n"))
    }
  }
}
