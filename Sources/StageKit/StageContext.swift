import ArgumentParser
package import Artifacts
import CanonicalJSON
import DisplayText
import Glibc
import SystemFiles

/// The environment of a running stage: inputs, outputs, number of threads and logging.
package struct StageContext {
  let name: String
  let inputs: [String: String]
  let outputs: [String: String]
  let ports: [Port]
  let lineageParams: [String: JSON]
  let version: Int
  /// The folder for checkpoints, if one is given.
  package let work: String?
  package let threads: Int
  /// Fingerprints of raw data, from before it is read.
  let fingerprints: [String: SourceFingerprint]

  /// Checks before any work that inputs can be opened and outputs published, and removes the temporary files that
  /// killed stages left beside the outputs.
  func check() throws {
    for port in ports {
      guard let path = inputs[port.name] else { continue }
      if case .artifact(let type) = port.kind {
        _ = try port.open(path, as: type)
      } else if unsafe access(path, R_OK) != 0 {
        throw FileError(path, SystemError.system(operation: "open", code: errno))
      }
    }
    var taken: [String: String] = [:]
    for (name, path) in outputs.sorted(by: { $0.key < $1.key }) {
      if let other = taken.updateValue(name, forKey: path) {
        throw ValidationError("--output \(name) and --output \(other) name one file, \(path)")
      }
      if Files.exists(path) { throw FileError(path, SystemError.alreadyExists) }
      let folder = Files.folder(of: path)
      guard Files.isFolder(folder) else { throw FileError(folder, SystemError.noFolder) }
      guard unsafe access(folder, W_OK | X_OK) == 0 else {
        throw FileError(folder, SystemError.system(operation: "write into the folder", code: errno))
      }
      Files.sweepTemporaries(in: folder)
    }
  }

  /// An input artifact, opened and of a declared type; nil for an optional one that is not given.
  package func optionalInput(_ name: String) throws -> ArtifactFile? {
    guard let port = ports.first(where: { $0.name == name }), case .artifact(let type) = port.kind else {
      preconditionFailure("\(name) is not declared as an artifact")
    }
    return try inputs[name].map { try port.open($0, as: type) }
  }

  package func input(_ name: String) throws -> ArtifactFile {
    guard let file = try optionalInput(name) else { preconditionFailure("\(name) is optional") }
    return file
  }

  /// The path of raw data; nil for an optional source that is not given.
  package func optionalSource(_ name: String) -> String? {
    precondition(ports.contains { $0.name == name && $0.kind == .source }, "\(name) is not declared as a source")
    return inputs[name]
  }

  /// The path of raw data.
  package func source(_ name: String) -> String {
    guard let path = inputs[name] else { preconditionFailure("\(name) is not a source") }
    return path
  }

  package func output(_ name: String) -> String {
    guard let path = outputs[name] else { preconditionFailure("\(name) is not an output, or an optional one") }
    return path
  }

  /// The path of an optional output; nil if it is not to be made.
  package func optionalOutput(_ name: String) -> String? { outputs[name] }

  /// The lineage that every output records: params and digests of inputs.
  ///
  /// - Throws: `SourceFingerprint.Changed` if raw data was written to since the stage began.
  package func lineage() throws -> Lineage {
    var digests: [String: Digest] = [:]
    for (name, path) in inputs {
      let isSource = ports.contains { $0.name == name && $0.kind == .source }
      digests[name] = isSource ? try SourceDigest.of(path) : try ArtifactFile(path: path).digest
      if isSource, try SourceFingerprint(path) != fingerprints[name] { throw SourceFingerprint.Changed(path: path) }
    }
    return Lineage(stage: name, stageVersion: version, params: lineageParams, inputs: digests)
  }

  /// Prints one line on standard error.
  package func note(_ text: String) {
    StandardError.write(line: "\(name): \(text.printable)")
  }
}
