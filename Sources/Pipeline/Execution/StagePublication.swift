import Artifacts
import SystemFiles

/// Verifies the outputs in a stage's staging folder and publishes them as a version.
///
/// Exit code 0 is a claim; the outputs are the proof.
struct StagePublication {
  struct Result {
    let version: PublishedVersion
    /// `true` if the store had the very same contents already.
    let isKept: Bool
    /// `true` if another run made it while this one waited.
    var isTaken = false
  }

  let stage: CheckedStage
  let key: CacheKey
  let store: Store
  let signals: StopSignals
  let say: @Sendable (String) -> Void

  /// Publishes all outputs together, or none of them.
  func publish(_ staging: String) throws -> Result {
    let digests = try verify(staging)
    if let same = try soundVersion(of: digests) { return Result(version: same, isKept: true) }
    let manifest = PublishedVersion.manifest(key: key, outputs: digests)
    // Publishing synchronises whatever stands in the folder.
    try Files.publish(
      manifest, to: "\(staging)/\(PublishedVersion.manifestName)", replacing: false, isDurable: false)
    for _ in 0..<16 {
      let name = PublishedVersion.freeName(key, of: stage.name, in: store)
      do {
        try store.publish(staging: staging, stage: stage.name, version: name)
        return Result(version: try PublishedVersion(stage: stage.name, name: name, in: store), isKept: false)
      } catch let error as FileError where error.cause as? SystemError == .alreadyExists {
        // Another run was faster.
        if let same = try soundVersion(of: digests) { return Result(version: same, isKept: true) }
      }
    }
    throw FileError(store.folder(stage: stage.name, version: key.version), SystemError.alreadyExists)
  }

  /// Reads every output from end to end.
  private func verify(_ staging: String) throws -> [String: Digest] {
    var digests: [String: Digest] = [:]
    for port in stage.outputs {
      let path = "\(staging)/\(port.name).tandem"
      guard Files.exists(path) else { throw PipelineError.outputMissing(stage: stage.name, output: port.name) }
      do {
        let file = try ArtifactFile(path: path, type: ArtifactType(port.type, version: port.version))
        try file.verify(interrupted: signals.check)
        digests[port.name] = file.digest
      } catch let error as FileError {
        throw PipelineError.outputUnusable(stage: stage.name, output: port.name, reason: "\(error.cause)")
      }
    }
    let trees = stage.outputs.filter { $0.type == ArtifactTree.type.name }.map(\.name)
    let declared = Set(stage.outputs.map { "\($0.name).tandem" } + trees)
    for name in try Files.list(staging) where !declared.contains(name) {
      throw PipelineError.outputUndeclared(stage: stage.name, name: name)
    }
    return digests
  }

  /// The version that has these contents already, every byte of them; one that only claims so is removed.
  private func soundVersion(of digests: [String: Digest]) throws -> PublishedVersion? {
    guard let version = KnownVersions(store: store).find(key, of: stage.name).version,
      version.outputs.mapValues(\.digest) == digests
    else { return nil }
    for output in version.outputs.values.sorted(by: { $0.path < $1.path }) {
      do { try ArtifactFile(path: output.path).verify(interrupted: signals.check) } catch let error as FileError {
        say("\(error); it is replaced")
        try store.remove(version.name, of: stage.name)
        return nil
      }
    }
    return version
  }
}
