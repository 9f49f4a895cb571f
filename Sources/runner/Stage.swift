import ArgumentParser
import Pipeline
import SystemFiles

struct Stage: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run one stage of a planned run, as the jobs of a cluster do.",
    discussion:
      """
      The plan holds all that the stage needs: later edits of the pipeline file do not reach it. It takes what the \
      stages before it made, runs if the store does not have its key, and says what became of it in \
      STAGE.result.json beside the plan. The last stage of a run ends the run.
      """)

  @Option(help: ArgumentHelp("The plan, such as artifacts/runs/ID/plan.json.", valueName: "file"))
  var plan: String

  @Option(help: ArgumentHelp("The stage.", valueName: "name"))
  var stage: String

  @Option(help: ArgumentHelp("Do one block of the stage's work, from 1, and make no outputs.", valueName: "number"))
  var block: Int?

  @Option(help: ArgumentHelp("How long to look for an input that is not there.", valueName: "seconds"))
  var wait = 0

  func validate() throws {
    if !(0...86_400 ~= wait) { throw ValidationError("--wait is \(wait); give 0 to 86400") }
  }

  func run() throws {
    try Runner.exiting {
      let signals = try StopSignals()
      try PlannedStageRun(
        FrozenPlan(path: plan), stage: stage, block: block, patience: Double(wait), signals: signals
      ) {
        StandardError.write(line: $0)
      }.run()
    }
  }
}
