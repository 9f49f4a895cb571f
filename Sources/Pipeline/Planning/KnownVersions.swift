import Artifacts
import Synchronization

/// Versions that this process has opened, so that a plan and the run after it open each only once. One whose files are
/// not the same any more is opened again.
final class KnownVersions: Sendable {
  private struct Known: Sendable {
    let version: PublishedVersion
    let stamps: [FileStamp?]
  }

  private let store: Store
  private let known = Mutex<[String: Known]>([:])
  /// Names of versions by the folder of their stage and the beginning of the name, and the folder's stamp.
  private let listed = Mutex<[String: (stamp: FileStamp, names: [String])]>([:])

  init(store: Store) { self.store = store }

  func version(_ name: String, of stage: String) throws(PublishedVersion.Fault) -> PublishedVersion {
    let folder = store.folder(stage: stage, version: name)
    if let known = known.withLock({ $0[folder] }), known.stamps == Self.stamps(of: known.version, in: folder) {
      return known.version
    }
    let version = try PublishedVersion(stage: stage, name: name, in: store)
    let stamps = Self.stamps(of: version, in: folder)
    known.withLock { $0[folder] = Known(version: version, stamps: stamps) }
    return version
  }

  private static func stamps(of version: PublishedVersion, in folder: String) -> [FileStamp?] {
    let outputs = version.outputs.values.map(\.path).sorted()
    return (["\(folder)/\(PublishedVersion.manifestName)"] + outputs).map { FileStamp($0) }
  }

  /// The versions whose names begin so, oldest publication first. The folder of a stage, which may have thousands, is
  /// read again only if names came or went since.
  private func names(startingWith prefix: String, of stage: String) -> [String] {
    guard let stamp = FileStamp("\(store.root)/\(stage)") else { return [] }
    let place = "\(stage)/\(prefix)"
    if let known = listed.withLock({ $0[place] }), known.stamp == stamp { return known.names }
    let names = store.versions(of: stage, startingWith: prefix)
    listed.withLock { $0[place] = (stamp, names) }
    return names
  }

  /// The newest usable version with this key, and the faults of the unusable ones.
  func find(_ key: CacheKey, of stage: String) -> (version: PublishedVersion?, broken: [String]) {
    var broken: [String] = []
    for name in names(startingWith: key.version, of: stage).reversed()
    where name == key.version || name.hasPrefix("\(key.version)-") {
      do {
        let version = try version(name, of: stage)
        if version.key == key { return (version, broken) }
      } catch { broken.append("\(stage)/\(name): \(error)") }
    }
    return (nil, broken)
  }
}
