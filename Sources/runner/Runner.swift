import ArgumentParser
import Pipeline
import SystemFiles

@main
struct Runner: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runner",
    abstract: "Run a pipeline: only the stages whose inputs, params or program changed.",
    subcommands: [
      Run.self, Tune.self, Sweep.self, Validate.self, Graph.self, Status.self, Explain.self, History.self, Compare.self,
      Pin.self, Unpin.self, RollBack.self, CollectGarbage.self, Report.self, Adopt.self, Plan.self, Stage.self,
      Attach.self, Cancel.self, RecommendTool.self, InspectTool.self, ServeTool.self, InstallTable.self,
    ], defaultSubcommand: Run.self)

  /// Runs a command; if it throws, prints a line for each error and exits with 1, with 128 + the signal that stopped
  /// it, or with 130 where a run on a cluster was cancelled.
  static func exiting(_ body: () throws -> Void) throws {
    StandardOutput.mustArrive()
    do { try body() } catch let error as ExitCode { throw error } catch let error as Stopped {
      StandardError.write(line: "runner: \(error)")
      throw ExitCode(128 + error.signal)
    } catch let error as SlurmError where error.isCancellation {
      StandardError.write(line: "runner: \(error)")
      throw ExitCode(130)
    } catch {
      StandardError.write(line: error is InvalidPipeline ? "\(error)" : "runner: \(error)")
      throw ExitCode(1)
    }
  }
}

/// Options of every command that reads a pipeline.
struct PipelineOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("The pipeline file.", valueName: "file"))
  var pipeline: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Override a param; repeat for several.", valueName: "stage.param=value"))
  var overrides: [String] = []

  @Option(help: ArgumentHelp("The folder of the stage programs.", valueName: "folder"))
  var stagesDir: String?

  @Option(
    help: ArgumentHelp("The folder of the artifacts; by default the one that the pipeline names.", valueName: "folder"))
  var artifacts: String?

  /// - Parameter remembering: `false` if all programs are asked for their descriptions, and whether they take their params.
  func load(
    _ signals: StopSignals, remembering: Bool = true
  ) throws -> PipelineLoader.Loaded {
    var loader = PipelineLoader(path: pipeline)
    loader.overrides = overrides
    loader.stagesFolder = stagesDir
    loader.storeFolder = artifacts
    loader.remembersDescriptions = remembering
    loader.checksParams = !remembering
    return try loader.load(signals: signals) { StandardError.write(line: $0) }
  }

  /// A run that is planned and not begun.
  func plannedRun() throws -> PipelineRun {
    let signals = try StopSignals()
    return PipelineRun(try load(signals), options: .init(), signals: signals) { StandardError.write(line: $0) }
  }
}
