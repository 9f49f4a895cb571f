import Glibc

/// A lock on a file that the kernel lets go when its holder ends, however that dies. The file itself means nothing.
package final class FileLock: Sendable {
  package enum Mode: Sendable { case shared, exclusive }

  private let file: FileDescriptor

  /// Takes the lock without waiting. On a file system that has no locks every lock is granted.
  ///
  /// - Parameter path: made if it is not there.
  /// - Returns: `nil` if another process holds a lock that excludes this one.
  package init?(_ path: String, _ mode: Mode) throws(SystemError) {
    file = try FileDescriptor.open(path, O_RDONLY | O_CREAT, mode: 0o644)
    guard flock(file.number, (mode == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 else { return }
    if errno == EWOULDBLOCK { return nil }
  }
}
