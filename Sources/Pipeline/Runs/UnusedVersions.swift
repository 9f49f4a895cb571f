package import Artifacts
import Glibc
import SystemFiles

/// The versions of a store that nothing needs: no recent run of any pipeline, no pinned run, no run that works, not
/// `latest`, and nothing that one of these was made from.
package struct UnusedVersions {
  /// The rules by which versions are kept.
  package struct Policy: Sendable {
    /// Number of the newest finished runs of each pipeline that are kept.
    package var runs: Int
    /// Runs that began in these last days, however they ended.
    package var days: Int
    /// Seconds for which a version is kept whatever needs it, since its run may not have recorded it yet.
    package var grace: Int

    package init(runs: Int = 10, days: Int = 30, grace: Int = 3600) {
      self.runs = runs
      self.days = days
      self.grace = grace
    }
  }

  /// A version that nothing needs.
  package struct Version: Sendable, Equatable {
    package let stage: String
    package let name: String
    package let bytes: Int
    /// Days since it was published.
    package let age: Int
  }

  private struct Place: Hashable {
    let stage: String
    let name: String
  }

  /// The oldest first.
  package let versions: [Version]
  /// The number of versions that are needed, by the reason that was found first.
  package let needed: [(reason: String, count: Int)]
  private let store: Store

  package var bytes: Int { versions.reduce(0) { $0 + $1.bytes } }

  /// - Complexity: every record of a run and every manifest of a version is read once.
  package init(_ store: Store, policy: Policy) throws {
    self.store = store
    var reasons: [Place: String] = [:]
    func keep(_ place: Place, _ reason: String) {
      if reasons[place] == nil { reasons[place] = reason }
    }
    let stages = Files.exists(store.root) ? try store.stages() : []
    for stage in stages {
      if let latest = store.latest(of: stage) { keep(Place(stage: stage, name: latest), "latest") }
    }
    for (run, reason) in try Self.roots(StoredRuns(store), policy) {
      for (stage, version) in run.versions { keep(Place(stage: stage, name: version), reason) }
    }
    let now = Host.now
    var makers: [Digest: [Place]] = [:]
    var inputs: [Place: [Digest]] = [:]
    var found: [(place: Place, published: Int)] = []
    for stage in stages {
      for name in try store.versionFolders(of: stage) {
        let place = Place(stage: stage, name: name)
        let published = Host.status(of: store.folder(stage: stage, version: name))?.st_ctim.tv_sec ?? now
        found.append((place, published))
        if now - published < policy.grace { keep(place, "published within the hour") }
        guard let manifest = VersionManifest(stage: stage, name: name, in: store) else { continue }
        for digest in manifest.outputs.values { makers[digest, default: []].append(place) }
        inputs[place] = Array(manifest.inputs.values)
      }
    }
    var waiting = Array(reasons.keys)
    while let place = waiting.popLast() {
      for maker in (inputs[place] ?? []).flatMap({ makers[$0] ?? [] }) where reasons[maker] == nil {
        keep(maker, "what these were made from")
        waiting.append(maker)
      }
    }
    let known = Set(found.map(\.place))
    needed = Dictionary(grouping: reasons.filter { known.contains($0.key) }.values) { $0 }
      .map { ($0.key, $0.value.count) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    versions = found.filter { reasons[$0.place] == nil }
      .sorted { ($0.published, $0.place.stage, $0.place.name) < ($1.published, $1.place.stage, $1.place.name) }
      .map { place, published in
        Version(
          stage: place.stage, name: place.name, bytes: Self.size(store.folder(stage: place.stage, version: place.name)),
          age: max(now - published, 0) / 86_400)
      }
  }

  /// Runs whose versions are kept, and why.
  private static func roots(_ runs: StoredRuns, _ policy: Policy) throws -> [(StoredRun, String)] {
    let oldest = Host.timestamp(of: Host.now - policy.days * 86_400)
    var finished: [String: Int] = [:]
    var roots: [(StoredRun, String)] = []
    for run in try runs.last(.max) {
      if run.isPinned {
        roots.append((run, "a pinned run"))
      } else if run.state == .running {
        roots.append((run, "a run that works"))
      } else if run.state == .finished, finished[run.pipeline, default: 0] < policy.runs {
        roots.append((run, "the last \(policy.runs) runs"))
      } else if run.started >= oldest {
        roots.append((run, "runs of the last \(policy.days) days"))
      }
      if run.state == .finished { finished[run.pipeline, default: 0] += 1 }
    }
    return roots
  }

  private static func size(_ path: String) -> Int {
    guard Files.isFolder(path), !Files.isLink(path) else { return Files.isLink(path) ? 0 : Files.size(path) }
    return ((try? Files.list(path, passingOverForeignNames: true)) ?? []).reduce(0) { $0 + size("\(path)/\($1)") }
  }

  /// Removes what nothing needs at the moment, which no run can begin to need meanwhile.
  ///
  /// - Throws: `RunError.isRunning` while there is a run.
  package static func remove(from store: Store, policy: Policy) throws -> UnusedVersions {
    guard let lock = try store.lockForRemoving() else { throw RunError.isRunning(store: store.root) }
    let unused = try UnusedVersions(store, policy: policy)
    for version in unused.versions { try store.remove(version.name, of: version.stage) }
    store.sweepSets()
    withExtendedLifetime(lock) {}
    return unused
  }
}
