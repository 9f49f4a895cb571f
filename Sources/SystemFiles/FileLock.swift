import Glibc

/// A lock on a file that the kernel lets go when its holder ends, however that dies. The file itself means nothing.
package final class FileLock: Sendable {
  package enum Mode: Sendable { case shared, exclusive }

  private let file: FileDescriptor
  /// `false` on a file system that has no locks, where every lock is granted.
  package let isHeld: Bool

  /// Takes the lock without waiting. On a file system that has no locks every lock is granted.
  ///
  /// - Parameter path: made if it is not there.
  /// - Returns: `nil` if another process holds a lock that excludes this one.
  package init?(_ path: String, _ mode: Mode) throws(SystemError) {
    // Network file systems lock exclusively only what may be written.
    let isWritten = mode == .exclusive && (unsafe access(path, W_OK) == 0 || !Files.exists(path))
    file = try FileDescriptor.open(path, (isWritten ? O_RDWR : O_RDONLY) | O_CREAT, mode: 0o644)
    if flock(file.number, (mode == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 {
      isHeld = true
    } else {
      if errno == EWOULDBLOCK { return nil }
      isHeld = false
    }
  }

  /// `true` if the locked file is still the one that others find at the path, and not one that was deleted.
  package func stands(at path: String) -> Bool {
    var (own, found) = (stat(), stat())
    return unsafe fstat(file.number, &own) == 0 && stat(path, &found) == 0 && own.st_ino == found.st_ino
      && own.st_dev == found.st_dev
  }

  /// Writes a note about the holder into the file, for people; a file that is not ours keeps what it has.
  package func note(_ text: String) {
    guard ftruncate(file.number, 0) == 0 else { return }
    try? file.write(Array(text.utf8), at: 0)
  }
}
