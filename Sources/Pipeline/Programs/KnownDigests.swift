package import Artifacts
import CanonicalJSON
import Glibc
import Synchronization
import SystemFiles

/// Digests of files and folders that were read before, which hold as long as nobody has written there since: the same
/// files, inodes, sizes, times of modification and, which no program can set, of change.
///
/// They are kept in the store, in a file that may be deleted at any time.
package final class KnownDigests: Sendable {
  private struct Known: Sendable {
    let fingerprint: Digest
    let digest: Digest
  }

  private struct State: Sendable {
    var known: [String: Known] = [:]
    var isChanged = false
  }

  private let path: String?
  private let state: Mutex<State>

  /// A later write might have the same time as the last one before the digest was taken, if that is not longer ago.
  private static let leastAge = 2_000_000_000
  private static let most = 1000

  /// - Parameter store: where they are kept; `nil` for this process alone.
  package init(store: Store? = nil) {
    path = store.map { "\($0.cacheFolder)/digests.json" }
    var state = State()
    if let path, let json = try? JSON.parse(Files.read(path, limit: 4 << 20)) {
      state.known = (json.object ?? [:]).compactMapValues { entry in
        guard let fingerprint = entry["fingerprint"]?.string.flatMap({ Digest(hexadecimal: $0) }),
          let digest = entry["digest"]?.string.flatMap({ Digest(hexadecimal: $0) })
        else { return nil }
        return Known(fingerprint: fingerprint, digest: digest)
      }
    }
    self.state = Mutex(state)
  }

  /// - Returns: the digest of raw data or of a program, and the fingerprint from before it was taken.
  func digest(
    of path: String, interrupted: () throws -> Void = {}
  ) throws -> (digest: Digest, fingerprint: SourceFingerprint) {
    let now = Host.nanoseconds
    let fingerprint = try SourceFingerprint(path)
    let (name, identity) = (Files.absolutePath(path), fingerprint.digest)
    if let known = state.withLock({ $0.known[name] }), known.fingerprint == identity {
      return (known.digest, fingerprint)
    }
    let digest = try SourceDigest.of(path, interrupted: interrupted)
    if fingerprint.lastChange < now - Self.leastAge, try SourceFingerprint(path) == fingerprint {
      state.withLock {
        if $0.known.count >= Self.most { $0.known = [:] }
        $0.known[name] = Known(fingerprint: identity, digest: digest)
        $0.isChanged = true
      }
    }
    return (digest, fingerprint)
  }

  /// Keeps what was learned, if there is a store; a failure costs time alone.
  package func save() {
    let state = state.withLock { $0 }
    guard state.isChanged, let path else { return }
    let json = JSON.object(
      state.known.mapValues {
        ["fingerprint": JSON($0.fingerprint.hexadecimal), "digest": JSON($0.digest.hexadecimal)]
      })
    try? Files.makeFolders(Files.folder(of: path))
    try? Files.publish(Array(json.text.utf8), to: path, replacing: true, mode: 0o644, isDurable: false)
  }
}

extension Store {
  /// The folder of what is kept to save time, and may be deleted at any time.
  var cacheFolder: String { "\(root)/.cache" }
}
