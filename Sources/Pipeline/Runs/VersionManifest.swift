import Artifacts
import CanonicalJSON
import SystemFiles

/// The digests that `stage.json` of a version names, whether its outputs can be read or not.
struct VersionManifest {
  let inputs: [String: Digest]
  let outputs: [String: Digest]

  /// - Returns: `nil` where there is none, or none that can be understood.
  init?(stage: String, name: String, in store: Store) {
    let path = "\(store.folder(stage: stage, version: name))/\(PublishedVersion.manifestName)"
    guard let json = try? JSON.parse(Files.read(path, limit: 16 << 20)), let outputs = json["outputs"]?.object else {
      return nil
    }
    self.outputs = outputs.compactMapValues { $0.string.flatMap { Digest(hexadecimal: $0) } }
    inputs = (json["key"]?["inputs"]?.object ?? [:]).compactMapValues {
      $0["digest"]?.string.flatMap { Digest(hexadecimal: $0) }
    }
  }
}
