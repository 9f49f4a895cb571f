import ArgumentParser
import Artifacts
import Pipeline
import SystemFiles

struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a pipeline file and its stages without running them.",
    discussion:
      "Every error is reported with its place in the file. The stages are built first if they are not up to date."
  )

  @OptionGroup var options: PipelineOptions

  func run() throws {
    try Runner.exiting {
      let pipeline = try options.load(StopSignals(), remembering: false).pipeline
      print("\(options.pipeline): valid; stages: \(pipeline.stages.map(\.name).joined(separator: ", "))")
      for source in pipeline.sources {
        let path = pipeline.path(of: source)
        let state =
          try !Files.exists(path)
          ? "missing" : "digest \(source.isArtifact ? ArtifactFile(path: path).digest : SourceDigest.of(path))"
        print("source \(source.name.value): \(path), \(state)")
      }
    }
  }
}
