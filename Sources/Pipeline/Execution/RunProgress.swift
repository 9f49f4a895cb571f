import Artifacts

/// The progress of a run: the raw data that was found, and the version that stands for each stage that is done.
struct RunProgress {
  let pipeline: CheckedPipeline
  var sources: [String: SourceFetch.Found] = [:]
  var versions: [String: PublishedVersion] = [:]
  /// Artifacts that were read from end to end in this run.
  var verified: Set<String> = []

  init(_ pipeline: CheckedPipeline) { self.pipeline = pipeline }

  /// The digest of each input; nil while what makes it is not done.
  func inputs(of stage: CheckedStage) -> [String: Digest?] {
    stage.inputs.mapValues { reference in
      switch reference {
      case .source(let name): sources[name]?.digest
      case .output(let stage, let output): versions[stage]?.outputs[output]?.digest
      }
    }
  }

  /// The place of each input.
  ///
  /// - Throws: `PipelineError.noUpstream` if one was not made.
  func resolvedInputs(of stage: CheckedStage) throws(PipelineError) -> [String: StageRun.Input] {
    var inputs: [String: StageRun.Input] = [:]
    for (name, reference) in stage.inputs {
      switch reference {
      case .source(let source):
        guard let found = sources[source], let definition = pipeline.source(source) else {
          throw .noUpstream(stage: stage.name, upstream: "\(reference)")
        }
        inputs[name] = .init(
          path: pipeline.path(of: definition), digest: found.digest, fingerprint: found.fingerprint,
          isArtifact: definition.isArtifact)
      case .output(let producer, let output):
        guard let made = versions[producer]?.outputs[output] else {
          throw .noUpstream(stage: stage.name, upstream: producer)
        }
        inputs[name] = .init(path: made.path, digest: made.digest)
      }
    }
    return inputs
  }
}
