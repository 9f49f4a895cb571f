import ArgumentParser
import Pipeline
import SystemFiles

@main
struct Runner: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runner",
    abstract: "Run a pipeline: each stage whose inputs, params or program changed, and no other.",
    subcommands: [Run.self, Validate.self, Graph.self], defaultSubcommand: Run.self)

  /// Runs a command and turns what it throws into one exit code and as many lines as there are errors.
  static func exiting(_ body: () throws -> Void) throws {
    StandardOutput.mustArrive()
    do { try body() } catch let error as ExitCode { throw error } catch let error as Stopped {
      StandardError.write(line: "runner: \(error)")
      throw ExitCode(128 + error.signal)
    } catch {
      StandardError.write(line: error is InvalidPipeline ? "\(error)" : "runner: \(error)")
      throw ExitCode(1)
    }
  }
}

/// What every verb needs to read a pipeline.
struct PipelineOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("The pipeline file.", valueName: "file"))
  var pipeline: String

  @Option(
    name: .customLong("set"), help: ArgumentHelp("Another value for a param.", valueName: "stage.param=value"))
  var overrides: [String] = []

  @Option(help: ArgumentHelp("The folder of the stage programs.", valueName: "folder"))
  var stagesDir: String?

  @Option(help: ArgumentHelp("The folder of the artifacts; the pipeline's own if not given.", valueName: "folder"))
  var artifacts: String?

  func load(_ signals: StopSignals) throws -> PipelineLoader.Loaded {
    var loader = PipelineLoader(path: pipeline)
    loader.overrides = overrides
    loader.stagesFolder = stagesDir
    return try loader.load(signals: signals) { StandardError.write(line: $0) }
  }
}
