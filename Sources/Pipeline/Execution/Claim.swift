import Artifacts
import DisplayText
import SystemFiles

/// The right to do something that one run at a time does, such as making the version of a key: of several runs that want
/// it, one does it and the others wait.
///
/// The kernel holds it for this process alone, not for the programs that it starts, and lets it go however this process
/// ends.
struct Claim {
  private static let pollSeconds = 0.03

  private let path: String
  private let lock: FileLock

  /// Waits for the claim.
  ///
  /// - Parameters:
  ///   - path: the file that whoever does it locks.
  ///   - task: what is done, such as "train is being made".
  ///   - run: the identifier of the run, which those that wait are told.
  ///   - say: called once if somebody else holds the claim. On a file system without locks nobody ever does.
  /// - Throws: `Stopped` if a signal ends the waiting.
  init(_ path: String, _ task: String, run: String, signals: StopSignals, say: (String) -> Void) throws {
    var hasSaid = false
    while true {
      let (lock, holder) = try Store.claim(path)
      if let lock {
        (self.path, self.lock) = (path, lock)
        break
      }
      if !hasSaid {
        say("\(task) by \(holder.isEmpty ? "another run" : holder.printable); waiting for that")
        hasSaid = true
      }
      try signals.sleep(seconds: Self.pollSeconds)
    }
    let process = ProcessIdentity.current
    lock.note("run \(run) (process \(process.number) on \(process.host))\n")
  }

  /// Lets the next one go on.
  func release() { Store.release(lock, path) }
}
