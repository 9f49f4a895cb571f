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
      let signals = try StopSignals()
      let pipeline = try options.load(signals, remembering: false).pipeline
      var lines = ["\(options.pipeline): valid; stages: \(pipeline.stages.map(\.name).joined(separator: ", "))"]
      for source in pipeline.sources {
        let path = pipeline.path(of: source)
        guard Files.exists(path) || source.isFetched else {
          throw PipelineError.sourceMissing(source: source.name.value, path: path)
        }
        let state =
          try Files.exists(path) ? "digest \(digest(of: source, at: path, signals))" : "missing, fetched by a run"
        lines.append("source \(source.name.value): \(path), \(state)")
      }
      print(lines.joined(separator: "\n"))
    }
  }

  private func digest(of source: SourceDefinition, at path: String, _ signals: StopSignals) throws -> Digest {
    guard source.isArtifact else { return try SourceDigest.of(path, interrupted: signals.check) }
    return try ArtifactFile(path: path).digest
  }
}
