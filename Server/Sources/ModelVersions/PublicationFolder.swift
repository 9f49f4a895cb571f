import Glibc

/// A hidden folder in which a version is prepared. Its maker holds a lock that ends with the process, so an unlocked
/// folder was left by a publisher that was killed.
final class PublicationFolder {
  private static let prefix = ".publish-"

  let path: String
  private let lock: Int32

  /// Makes a folder in `model` and locks it.
  ///
  /// - Throws: `SystemError`.
  init(in model: String) throws(SystemError) {
    while true {
      let path = "\(model)/\(Self.prefix)\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
      guard mkdir(path, 0o777) == 0 else {
        if errno == EEXIST { continue }
        throw SystemError(path, "mkdir")
      }
      let lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      if lock < 0 {
        // Another publisher removed it before it was locked.
        if errno == ENOENT { continue }
        let error = SystemError(path, "open")
        rmdir(path)
        throw error
      }
      // A file system without locks (EBADF on NFS, ENOLCK) gives none to sweepers either.
      let isSwept = flock(lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
      if !isSwept, Self.leads(path, to: lock) {
        self.path = path
        self.lock = lock
        return
      }
      close(lock)
    }
  }

  deinit { close(lock) }

  /// Removes the folder and its files.
  func remove() { Self.remove(path) }

  /// Removes the folders that killed publishers left in `model`. Failures are ignored: the next publisher tries again.
  static func sweep(_ model: String) {
    for name in (try? DiskFiles.list(model) { $0.hasPrefix(prefix) }) ?? [] {
      let path = "\(model)/\(name)"
      let lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
      guard lock >= 0 else { continue }
      defer { close(lock) }
      // A publisher may have renamed it since it was listed.
      if flock(lock, LOCK_EX | LOCK_NB) == 0, leads(path, to: lock) { remove(path) }
    }
  }

  private static func remove(_ path: String) {
    for name in (try? DiskFiles.list(path) { _ in true }) ?? [] { unlink("\(path)/\(name)") }
    rmdir(path)
  }

  /// `true` if `path` is still the open folder.
  private static func leads(_ path: String, to descriptor: Int32) -> Bool {
    var (named, open) = (stat(), stat())
    return lstat(path, &named) == 0 && fstat(descriptor, &open) == 0 && named.st_dev == open.st_dev
      && named.st_ino == open.st_ino
  }
}
