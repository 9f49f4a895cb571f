import Artifacts
import Kernels

/// What a running stage has of the world: its inputs, its outputs, threads, and a voice.
package struct StageContext {
  let name: String
  let inputs: [String: String]
  let outputs: [String: String]
  let ports: [Port]
  let lineageParams: [String: JSON]
  let version: Int
  package let threads: Int

  /// An input artifact, opened and of the declared type; nil for an optional one that is not given.
  package func optionalInput(_ name: String) throws -> ArtifactFile? {
    guard let port = ports.first(where: { $0.name == name }), case .artifact(let type) = port.kind else {
      preconditionFailure("\(name) is not declared as an artifact")
    }
    return try inputs[name].map { try ArtifactFile(path: $0, type: type) }
  }

  package func input(_ name: String) throws -> ArtifactFile {
    guard let file = try optionalInput(name) else { preconditionFailure("\(name) is optional") }
    return file
  }

  /// The path of raw data.
  package func source(_ name: String) -> String {
    guard let path = inputs[name] else { preconditionFailure("\(name) is no source") }
    return path
  }

  package func output(_ name: String) -> String {
    guard let path = outputs[name] else { preconditionFailure("\(name) is no output") }
    return path
  }

  /// Params and input digests, as they will stand in every output.
  package func lineage() throws -> Lineage {
    var digests: [String: Digest] = [:]
    for (name, path) in inputs {
      let isSource = ports.contains { $0.name == name && $0.kind == .source }
      digests[name] = isSource ? try SourceDigest.of(path) : try ArtifactFile(path: path).digest
    }
    return Lineage(stage: name, stageVersion: version, params: lineageParams, inputs: digests)
  }

  /// Says one line on standard error.
  package func note(_ text: String) {
    StandardError.write(line: "\(name): \(text)")
  }
}
