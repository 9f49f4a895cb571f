package import Artifacts
import CanonicalJSON
import SystemFiles

/// A version of a stage in the store: its outputs, and `stage.json`, which says what they were made from.
package struct PublishedVersion: Sendable {
  static let manifestName = "stage.json"

  package let stage: String
  package let name: String
  package let key: CacheKey
  package let outputs: [String: Output]

  /// An output of the version.
  package struct Output: Sendable, Equatable {
    package let path: String
    package let digest: Digest
    /// Items that its summary shows first, such as the metrics.
    package let highlights: [Summary.Item]
  }

  /// The reason why a folder of the store cannot be used as a version.
  package enum Fault: Error {
    case manifestUnreadable(reason: String)
    case manifestIncomplete
    case outputUnreadable(reason: String)
    case otherContent(output: String)
    case treeIncomplete(output: String)
  }

  /// Reads the manifest and opens every output; contents are not read.
  package init(stage: String, name: String, in store: Store) throws(Fault) {
    let folder = store.folder(stage: stage, version: name)
    let manifest: JSON
    do {
      manifest = try JSON.parse(Files.read("\(folder)/\(Self.manifestName)", limit: 16 << 20))
    } catch { throw .manifestUnreadable(reason: "\(error)") }
    guard let key = manifest["key"], let entries = manifest["outputs"]?.object else {
      throw .manifestIncomplete
    }
    var outputs: [String: Output] = [:]
    for (output, entry) in entries {
      guard PipelineReader.isName(output), let digest = entry.string.flatMap({ Digest(hexadecimal: $0) }) else {
        throw .manifestIncomplete
      }
      let path = "\(folder)/\(output).tandem"
      let file: ArtifactFile
      do { file = try ArtifactFile(path: path) } catch { throw .outputUnreadable(reason: "\(error)") }
      guard file.digest == digest else { throw .otherContent(output: output) }
      guard ArtifactTree.stands(file) else { throw .treeIncomplete(output: output) }
      outputs[output] = Output(path: path, digest: digest, highlights: file.header.summary.highlights)
    }
    self.stage = stage
    self.name = name
    self.key = CacheKey(json: key)
    self.outputs = outputs
  }

  static func manifest(key: CacheKey, outputs: [String: Digest]) -> [UInt8] {
    let json: JSON = ["key": key.json, "outputs": .object(outputs.mapValues { JSON($0.hexadecimal) })]
    return json.document
  }

  /// A name that no version with this key has.
  static func freeName(_ key: CacheKey, of stage: String, in store: Store) -> String {
    let taken = Set(store.versions(of: stage, startingWith: key.version))
    guard taken.contains(key.version) else { return key.version }
    return (2...).lazy.map { "\(key.version)-\($0)" }.first { !taken.contains($0) } ?? key.version
  }
}

extension PublishedVersion.Fault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .manifestUnreadable(let reason): "\(PublishedVersion.manifestName): \(reason)"
    case .manifestIncomplete: "\(PublishedVersion.manifestName) is incomplete"
    case .outputUnreadable(let reason): reason
    case .otherContent(let output): "\(output) is not what was published"
    case .treeIncomplete(let output): "\(output): files of its tree are gone"
    }
  }
}
