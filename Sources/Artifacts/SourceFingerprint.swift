import Glibc
import SystemFiles

/// Sizes, inodes and times of the files of raw data, which the file system knows without reading them. As long as they
/// stay the same, nobody has written there; times of change cannot be set by programs.
package struct SourceFingerprint: Sendable, Equatable {
  private let entries: [Entry]

  private struct Entry: Sendable, Equatable {
    let path: String
    let inode: UInt
    let size: Int
    let modified: Int
    let changed: Int
  }

  /// Raw data that was written to while it was read.
  package struct Changed: Error, CustomStringConvertible {
    package let path: String

    package init(path: String) { self.path = path }

    package var description: String {
      "\(path) changed while it was read, and nothing was made of it; run again when nobody writes there"
    }
  }

  /// A digest of it, by which it can be kept.
  package var digest: Digest {
    Digest.of(
      entries.map { "\($0.path.utf8.count) \($0.path) \($0.inode) \($0.size) \($0.modified) \($0.changed)\n" }.joined())
  }

  /// The time of the last change, in nanoseconds since 1970.
  package var lastChange: Int { entries.map { max($0.modified, $0.changed) }.max() ?? 0 }

  /// - Parameter path: a file, or a folder, whose files all count.
  /// - Throws: if it cannot be listed.
  package init(_ path: String) throws {
    let names = Files.isFolder(path) ? try SourceDigest.names(under: path).map { "\(path)/\($0)" } : [path]
    entries = try names.map { name in
      var status = stat()
      guard unsafe stat(name, &status) == 0 else {
        throw FileError(name, SystemError.system(operation: "look at it", code: errno))
      }
      return Entry(
        path: name, inode: UInt(status.st_ino), size: Int(status.st_size),
        modified: status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec,
        changed: status.st_ctim.tv_sec * 1_000_000_000 + status.st_ctim.tv_nsec)
    }
  }
}
