import ArgumentParser
package import Artifacts
import CanonicalJSON
import DisplayText
import Glibc
import ParallelLoops
import Synchronization
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
  /// The division of the work into blocks; `nil` if this process does all of it.
  var blocks: WorkBlocks?

  var given: GivenPorts { GivenPorts(inputs: Set(inputs.keys), outputs: Set(outputs.keys)) }

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
  package func lineage() throws -> Lineage { try lineage(Self.digests(of: sources)) }

  /// Reads raw data, whose digests another thread takes meanwhile if there are several.
  ///
  /// - Returns: what was read, and the lineage that every output records.
  /// - Throws: as `lineage` does, if reading does not.
  package func reading<Value: Sendable>(
    _ read: @Sendable () throws -> Value
  ) throws -> (value: Value, lineage: Lineage) {
    let sources = sources
    let hasFailed = Atomic(false)
    let parts = parallelMap(2, threads: min(threads, 2)) { part -> ReadPart<Value> in
      guard part == 0 else {
        return .digests(
          Result {
            try Self.digests(of: sources) { if hasFailed.load(ordering: .relaxed) { throw CancellationError() } }
          })
      }
      let value = Result { try read() }
      if case .failure = value { hasFailed.store(true, ordering: .relaxed) }
      return .value(value)
    }
    guard case .value(let value) = parts[0], case .digests(let digests) = parts[1] else {
      preconditionFailure("parts come in their order")
    }
    return (try value.get(), try lineage(digests.get()))
  }

  private enum ReadPart<Value: Sendable>: Sendable {
    case value(Result<Value, any Error>)
    case digests(Result<[String: Digest], any Error>)
  }

  /// The paths of raw data.
  private var sources: [String: String] {
    inputs.filter { name, _ in ports.contains { $0.name == name && $0.kind == .source } }
  }

  private static func digests(
    of sources: [String: String], interrupted: () throws -> Void = {}
  ) throws -> [String: Digest] {
    try sources.mapValues { try SourceDigest.of($0, interrupted: interrupted) }
  }

  private func lineage(_ sourceDigests: [String: Digest]) throws -> Lineage {
    var digests = sourceDigests
    for (name, path) in inputs {
      if sourceDigests[name] == nil {
        digests[name] = try ArtifactFile(path: path).digest
      } else if try SourceFingerprint(path) != fingerprints[name] {
        throw SourceFingerprint.Changed(path: path)
      }
    }
    return Lineage(stage: name, stageVersion: version, params: lineageParams, inputs: digests)
  }

  /// Prints one line on standard error.
  package func note(_ text: String) {
    StandardError.write(line: "\(name): \(text.printable)")
  }
}
