import Glibc

/// The identity and state of the file at a path.
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
  /// The time of the last change of status, which permissions and names change too.
  private let changed: Time

  /// Returns `nil` unless `status` is of a regular file.
  init?(_ status: stat) {
    guard status.st_mode & S_IFMT == S_IFREG else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int64(status.st_size)
    modified = Time(status.st_mtim)
    changed = Time(status.st_ctim)
  }

  /// `true` if it is the same file, whatever its contents.
  func isSameFile(as other: FileIdentity) -> Bool { device == other.device && inode == other.inode }

  /// `true` if it is the same file with the same contents, whatever its permissions.
  func hasSameContents(as other: FileIdentity) -> Bool {
    isSameFile(as: other) && size == other.size && modified == other.modified
  }

  /// `true` if it is the same file with other contents.
  func isRewritten(from other: FileIdentity) -> Bool { isSameFile(as: other) && !hasSameContents(as: other) }
}
