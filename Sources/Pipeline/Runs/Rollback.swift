import Artifacts
import SystemFiles

/// Points `latest` of every stage at the versions of an earlier run, at once.
package struct Rollback {
  /// A stage, and the versions that its `latest` leaves and gets.
  package struct Step: Sendable, Equatable {
    package let stage: String
    package let from: String?
    package let to: String
  }

  package let run: StoredRun
  /// The stages whose `latest` changes.
  package let steps: [Step]
  private let store: Store

  /// - Parameter run: a finished run; `nil` for the one before those that used the latest versions.
  /// - Throws: `RunError` if one of its versions is gone or damaged.
  package init(to run: StoredRun?, _ runs: StoredRuns) throws {
    store = runs.store
    let store = runs.store
    func steps(_ run: StoredRun) -> [Step] {
      run.versions.sorted { $0.key < $1.key }.compactMap { stage, version in
        let latest = store.latest(of: stage)
        return latest == version ? nil : Step(stage: stage, from: latest, to: version)
      }
    }
    guard let chosen = try run ?? Self.previous(runs, isLatest: { steps($0).isEmpty }) else {
      throw RunError.nothingBefore
    }
    guard chosen.state == .finished else {
      throw RunError.notFinished(chosen.identifier, state: chosen.state.rawValue)
    }
    for (stage, version) in chosen.versions.sorted(by: { $0.key < $1.key }) {
      do { _ = try PublishedVersion(stage: stage, name: version, in: store) } catch {
        throw RunError.versionGone(stage: stage, version: version, reason: "\(error)")
      }
    }
    self.run = chosen
    self.steps = steps(chosen)
  }

  /// The newest finished run before those whose versions are the latest; if there is none of these, the newest.
  private static func previous(_ runs: StoredRuns, isLatest: (StoredRun) -> Bool) throws -> StoredRun? {
    let finished = try runs.last(1000) { $0.state == .finished }
    let current = finished.firstIndex(where: isLatest) ?? 0
    return finished.dropFirst(current).first { !isLatest($0) }
  }

  package func perform() throws {
    guard let lock = try store.lockForRemoving() else { throw RunError.isRunning(store: store.root) }
    try store.setLatest(run.versions)
    withExtendedLifetime(lock) {}
  }
}
