import Artifacts
import DisplayText
import SystemFiles

/// The right to make the version of a key: of several runs that want the same one, one makes it and the others wait.
///
/// The kernel holds it for this process alone, not for the programs that it starts, and lets it go however this process
/// ends.
struct VersionClaim {
  private static let pollSeconds = 0.03

  private let store: Store
  private let path: String
  private let lock: FileLock

  /// Waits for the claim.
  ///
  /// - Parameters:
  ///   - run: the identifier of the run, which those that wait are told.
  ///   - say: called once if somebody else holds the claim. On a file system without locks nobody ever does.
  /// - Throws: `Stopped` if a signal ends the waiting.
  init(_ key: CacheKey, of stage: String, in store: Store, run: String, signals: StopSignals, say: (String) -> Void)
    throws
  {
    let path = store.claimPath(stage: stage, key: key.version)
    var hasSaid = false
    while true {
      let (lock, holder) = try store.claim(path)
      if let lock {
        (self.store, self.path, self.lock) = (store, path, lock)
        break
      }
      if !hasSaid {
        say("\(stage) is being made by \(holder.isEmpty ? "another run" : holder.printable); waiting for that")
        hasSaid = true
      }
      try signals.sleep(seconds: Self.pollSeconds)
    }
    let process = ProcessIdentity.current
    lock.note("run \(run) (process \(process.number) on \(process.host))\n")
  }

  /// Lets the next one go on.
  func release() { store.release(lock, path) }
}
