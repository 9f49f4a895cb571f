package import Artifacts
import CanonicalJSON
import SystemFiles

/// The outputs that a store should have: those of every version, as listed in its `stage.json`.
package struct StoredVersions {
  private let store: Store

  package init(_ root: String) { store = Store(root: root) }

  /// Returns the paths and digests of all outputs, and a line for each fault of a manifest.
  ///
  /// - Throws: `FileError` if the store or a folder of it cannot be listed.
  package func claims() throws -> (outputs: [(path: String, digest: Digest?)], problems: [String]) {
    var (outputs, problems): ([(path: String, digest: Digest?)], [String]) = ([], [])
    for stage in try store.stages() {
      // A folder that cannot be read is an error, not a stage without versions.
      for name in try store.versionFolders(of: stage) {
        let folder = store.folder(stage: stage, version: name)
        let manifest = "\(folder)/stage.json"
        let there = try Files.list(folder).filter { $0.hasSuffix(".tandem") && !$0.hasPrefix(".") }
        guard Files.exists(manifest) else {
          problems.append("\(manifest): it is not there, and nothing tells what the version should have")
          outputs += there.map { ("\(folder)/\($0)", nil) }
          continue
        }
        guard let named = (try? JSON.parse(Files.read(manifest, limit: 16 << 20)))?["outputs"]?.object else {
          problems.append("\(manifest): it is damaged")
          continue
        }
        for (output, digest) in named.sorted(by: { $0.key < $1.key }) {
          outputs.append(("\(folder)/\(output).tandem", digest.string.flatMap { Digest(hexadecimal: $0) }))
        }
      }
    }
    return (outputs, problems)
  }
}
