import ArgumentParser
import Pipeline

/// Options of every command that looks at what runs left, which needs no program of a stage.
struct OutlineOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("The pipeline file.", valueName: "file"))
  var pipeline: String

  @Option(
    help: ArgumentHelp("The folder of the artifacts; by default the one that the pipeline names.", valueName: "folder"))
  var artifacts: String?

  func load() throws -> PipelineOutline {
    var loader = PipelineLoader(path: pipeline)
    loader.storeFolder = artifacts
    return try loader.outline()
  }

  /// The pipeline's runs.
  func runs() throws -> StoredRuns {
    let outline = try load()
    return StoredRuns(outline.store, pipeline: outline.name)
  }
}
