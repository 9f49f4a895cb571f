package import Artifacts
import Glibc
import SystemFiles

/// Takes the versions that a pipeline needs from another store, every byte of them verified, so that a run finds them.
package struct Adoption {
  /// The outcome for one stage.
  package enum Outcome: Sendable, Equatable {
    /// The version was taken from the other store.
    case adopted(version: String)
    /// The store has it already.
    case present(version: String)
    /// The other store has no version of these inputs, params and program.
    case missing(reasons: String)
    /// What it would be made from is missing.
    case open
  }

  /// A stage and its outcome.
  package struct Step: Sendable {
    package let stage: String
    package let outcome: Outcome
  }

  private let run: PipelineRun
  private let other: Store

  /// - Parameter other: the store that the versions are taken from; nothing is written there.
  /// - Throws: `FileError` if it is not there or cannot be listed.
  package init(_ run: PipelineRun, from other: Store) throws {
    self.run = run
    self.other = other
    _ = try other.stages()
  }

  /// Takes what there is. `latest` stays where it is until a run has finished.
  ///
  /// - Throws: `RunError.unsoundVersion` if a version of the other store is damaged.
  package func perform() throws -> [Step] {
    try run.checkStore()
    var progress = RunProgress(run.pipeline)
    for source in run.neededSources {
      progress.sources[source.name.value] = try run.fetch(source).present(interrupted: run.signals.check)
    }
    let elsewhere = Planner(store: other, options: .init())
    return try run.stages.map { stage in
      let inputs = progress.inputs(of: stage)
      let known = inputs.compactMapValues { $0 }
      guard known.count == inputs.count else { return Step(stage: stage.name, outcome: .open) }
      let outcome: Outcome
      if case .hit(let version, _) = run.planner.decide(stage, inputs: inputs) {
        progress.versions[stage.name] = version
        outcome = .present(version: version.name)
      } else {
        switch elsewhere.decide(stage, inputs: inputs) {
        case .hit(let found, _):
          let version = try take(found, of: stage, CacheKey(stage, inputs: known))
          progress.versions[stage.name] = version
          outcome = .adopted(version: version.name)
        case let decision: outcome = .missing(reasons: decision.explanation)
        }
      }
      return Step(stage: stage.name, outcome: outcome)
    }
  }

  /// Copies a version, and publishes the copy if it is sound.
  private func take(_ found: PublishedVersion, of stage: CheckedStage, _ key: CacheKey) throws -> PublishedVersion {
    let staging = try run.store.makeStaging(stage: stage.name)
    defer { Files.remove(staging) }
    for (name, output) in found.outputs {
      try copy(output.path, to: "\(staging)/\(name).tandem")
      let tree = ArtifactTree.folder(ofManifest: output.path)
      if Files.isFolderItself(tree) { try copyFolder(tree, to: "\(staging)/\(name)") }
    }
    let publication = StagePublication(
      stage: stage, key: key, store: run.store, signals: run.signals, say: run.say)
    do { return try publication.publish(staging).version } catch PipelineError.outputUnusable(_, let output, let reason)
    {
      throw RunError.unsoundVersion(
        "\(other.folder(stage: stage.name, version: found.name))/\(output).tandem", reason: reason)
    }
  }

  private func copy(_ from: String, to target: String) throws {
    try naming(from) {
      let source = try FileDescriptor.openRegular(from).file
      let copy = try FileDescriptor.open(target, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
      try unsafe source.read { block in
        try run.signals.check()
        try unsafe copy.write(block)
      }
      try copy.close()
    }
  }

  private func copyFolder(_ from: String, to target: String) throws {
    _ = try Host.makeNewFolder(target)
    for name in try Files.list(from) {
      let path = "\(from)/\(name)"
      if Files.isFolderItself(path) {
        try copyFolder(path, to: "\(target)/\(name)")
      } else {
        try copy(path, to: "\(target)/\(name)")
      }
    }
  }
}
