import ArgumentParser
import Artifacts
import Pipeline

/// What the commands take that start another of Tandem's tools on what a pipeline made. Whatever follows the pipeline
/// file is the tool's.
struct ToolOptions: ParsableArguments {
  @OptionGroup var outline: OutlineOptions

  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp(
      "What the tool is told, as its own --help has it: all that follows the file.", valueName: "words"))
  var words: [String] = []
}

struct RecommendTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recommend",
    abstract: "Recommend from the pipeline's latest servable: the tool recommend, without the path.")

  @OptionGroup var options: ToolOptions

  func run() throws {
    try Runner.exiting {
      try Installation.become("recommend", options.words + ["--servable", options.outline.load().servable()])
    }
  }
}

struct InspectTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Look into the pipeline's artifacts: the tool inspect, without the path.")

  @OptionGroup var options: ToolOptions

  func run() throws {
    try Runner.exiting {
      try Installation.become("inspect", options.words + ["--artifacts", options.outline.load().store.root])
    }
  }
}

struct ServeTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve the pipeline's latest servable, and each that replaces it: the tool serve, without the path.")

  @OptionGroup var options: ToolOptions

  func run() throws {
    try Runner.exiting { try Installation.become("serve", ["run", options.outline.load().servable()] + options.words) }
  }
}
