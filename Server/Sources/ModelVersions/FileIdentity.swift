import Glibc

/// The identity of a file: which one a path leads to, and in which state.
package struct FileIdentity: Sendable, Hashable {
  private struct Time: Hashable {
    let seconds: Int
    let nanoseconds: Int

    init(_ time: timespec) { (seconds, nanoseconds) = (time.tv_sec, time.tv_nsec) }
  }

  private let device: UInt64
  private let inode: UInt64
  private let size: Int64
  private let modified: Time
  /// Moves with permissions and names, too.
  private let changed: Time

  /// nil unless `status` is of a regular file.
  init?(_ status: stat) {
    guard status.st_mode & S_IFMT == S_IFREG else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int64(status.st_size)
    modified = Time(status.st_mtim)
    changed = Time(status.st_ctim)
  }

  /// `true` if it is the same file, whatever is in it.
  func isSameFile(as other: FileIdentity) -> Bool { device == other.device && inode == other.inode }

  /// `true` if it is the same file and nobody has written to it, whatever became of its permissions.
  func hasSameContents(as other: FileIdentity) -> Bool {
    isSameFile(as: other) && size == other.size && modified == other.modified
  }

  /// `true` if it is the same file, and somebody has written to it.
  func isRewritten(from other: FileIdentity) -> Bool { isSameFile(as: other) && !hasSameContents(as: other) }
}
