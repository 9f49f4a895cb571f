import Artifacts
import CanonicalJSON
import Glibc

/// Size, time and inode of a file, which distinguish it from a later one of the same name.
struct FileStamp: Equatable {
  let size: Int
  /// Nanoseconds since 1970.
  let modified: Int
  let number: Int

  init?(_ path: String) {
    guard let status = Host.status(of: path) else { return nil }
    size = Int(status.st_size)
    modified = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
    number = Int(status.st_ino)
  }

  init?(_ json: JSON?) {
    guard let size = json?["size"]?.integer, let modified = json?["modified"]?.integer,
      let number = json?["number"]?.integer
    else { return nil }
    self.size = size
    self.modified = modified
    self.number = number
  }

  var json: JSON { ["size": JSON(size), "modified": JSON(modified), "number": JSON(number)] }
}
