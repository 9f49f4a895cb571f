package import Artifacts
package import SystemFiles

extension Store {
  /// Takes the lock that every run holds; waits while versions are being removed.
  package func waitForRunning(_ signals: StopSignals) throws -> FileLock {
    while true {
      if let lock = try lockForRunning() { return lock }
      try signals.sleep(seconds: 0.1)
    }
  }
}
