import ArgumentParser
import Pipeline
import SystemFiles

struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Plan a run and print the commands of its stages, for a scheduler of your own.",
    discussion:
      """
      The plan is a file in the folder of the run. The commands are in an order in which they can run one after \
      another; one may run beside others as soon as those have run whose outputs it reads.
      """)

  @OptionGroup var options: PipelineOptions

  @Flag(help: "Run all stages even if nothing changed.")
  var force = false

  func run() throws {
    try Runner.exiting {
      let signals = try StopSignals()
      let loaded = try options.load(signals)
      var settings = PipelineRun.Options()
      settings.planner = Planner.Options(isForced: force)
      let run = PipelineRun(loaded, options: settings, signals: signals) { StandardError.write(line: $0) }
      _ = try run.plan()
      var record = try RunRecord(of: loaded, file: options.pipeline)
      let plan = try run.freeze(&record, slurm: nil)
      try plan.publish()
      try PlanRecord(plan).settle()
      print(plan.commands.joined(separator: "\n"))
    }
  }
}
