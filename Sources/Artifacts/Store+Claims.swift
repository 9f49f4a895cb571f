import Glibc
package import SystemFiles

/// Claims: files that are locked while a version is made, so that two runs do not make the same one.
extension Store {
  private var claimsFolder: String { "\(root)/.claims" }

  /// The file that whoever makes a version of a stage locks.
  package func claimPath(stage: String, key: String) -> String { "\(claimsFolder)/\(stage).\(key)" }

  /// Takes a claim without waiting.
  ///
  /// - Returns: `nil` if another process has it, and what it says of itself.
  package static func claim(_ path: String) throws -> (lock: FileLock?, holder: String) {
    let folder = Files.folder(of: path)
    while true {
      try Files.makeFolders(folder)
      do {
        guard let lock = try naming(path, { try FileLock(path, .exclusive) }) else {
          let note = (try? Files.read(path, limit: 4096)) ?? []
          return (nil, String(decoding: note.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
        }
        // Whoever held it before may have deleted the file, and others lock a new one.
        if lock.stands(at: path) { return (lock, "") }
      } catch is FileError where !Files.isFolder(folder) {
        // Somebody cleans the store.
        continue
      }
    }
  }

  /// Lets a claim go.
  package static func release(_ claim: FileLock, _ path: String) {
    if claim.stands(at: path) { unsafe unlink(path) }
  }

  /// Removes claims that killed runs left a day ago and nobody holds.
  func sweepClaims() {
    for name in (try? Files.list(claimsFolder)) ?? [] {
      let path = "\(claimsFolder)/\(name)"
      var status = stat()
      guard unsafe lstat(path, &status) == 0, time(nil) - status.st_mtim.tv_sec > 86_400,
        let lock = try? FileLock(path, .exclusive)
      else { continue }
      Self.release(lock, path)
    }
  }
}
