import ArgumentParser
import Pipeline

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell why a stage would run or not, and what it would be made from.")

  @OptionGroup var options: PipelineOptions

  @Argument(help: ArgumentHelp("The stage.", valueName: "stage"))
  var stage: String

  func run() throws {
    try Runner.exiting {
      print(try StageExplanation(of: stage, in: options.plannedRun()).lines.joined(separator: "\n"))
    }
  }
}
