import CSystemCalls
package import Glibc

/// Publishing: whole files and folders, under names that nothing has.
extension Files {
  /// Renames without ever replacing an existing file; throws `alreadyExists` if there is one.
  package static func renameWithoutReplacing(_ from: String, _ to: String) throws(SystemError) {
    if unsafe cs_rename_without_replacing(from, to) == 0 { return }
    switch errno {
    case EEXIST, ENOTEMPTY: throw .alreadyExists
    case EINVAL, ENOSYS, ENOTSUP: try renameByLinking(from, to)
    default: throw .system(operation: "rename", code: errno)
    }
  }

  /// The same where the file system has no such call (NFS, 9p, many FUSE): a link fails where the name is taken, and
  /// so does renaming onto a folder that is not empty.
  static func renameByLinking(_ from: String, _ to: String) throws(SystemError) {
    if isFolder(from) {
      guard unsafe rename(from, to) == 0 else {
        if errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR { throw .alreadyExists }
        throw .system(operation: "rename", code: errno)
      }
    } else {
      guard unsafe link(from, to) == 0 else {
        if errno == EEXIST { throw .alreadyExists }
        throw .system(operation: "link", code: errno)
      }
      unsafe unlink(from)
    }
  }

  /// A name for a temporary file or folder beside `path`, by which sweepers know who made it.
  package static func temporarySibling(of path: String) -> String {
    "\(folder(of: path))/\(TemporaryName(for: name(of: path)).text)"
  }

  /// Publishes small contents whole: temporary sibling, fsync, rename, fsync of the folder.
  ///
  /// - Parameters:
  ///   - replacing: `true` if an older file of the name may be replaced.
  ///   - mode: as for every new file, less the process's umask.
  ///   - isDurable: false where losing it with the machine's power does no harm, or where it is synchronised later.
  package static func publish(
    _ contents: [UInt8], to path: String, replacing: Bool, mode: mode_t = 0o444, isDurable: Bool = true
  ) throws {
    try publish(to: path, replacing: replacing, mode: mode, isDurable: isDurable) { file in
      try naming(path) { try file.write(contents) }
    }
  }

  /// Publishes what `body` writes, whole or not at all.
  package static func publish(
    to path: String, replacing: Bool, mode: mode_t = 0o444, isDurable: Bool = true,
    _ body: (FileDescriptor) throws -> Void
  ) throws {
    let temporary = temporarySibling(of: path)
    do {
      let file = try naming(path) { try FileDescriptor.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: mode) }
      try body(file)
      try naming(path) { try publish(file, temporary, to: path, replacing: replacing, isDurable: isDurable) }
    } catch {
      unsafe unlink(temporary)
      throw error
    }
  }

  /// Gives a written temporary sibling its name: fsync, close, rename, fsync of the folder.
  package static func publish(
    _ file: FileDescriptor, _ temporary: String, to path: String, replacing: Bool = false, isDurable: Bool = true
  ) throws(SystemError) {
    if isDurable { try file.synchronise() }
    try file.close()
    if replacing {
      guard unsafe rename(temporary, path) == 0 else { throw .system(operation: "rename", code: errno) }
    } else {
      try renameWithoutReplacing(temporary, path)
    }
    if isDurable { try synchroniseFolder(folder(of: path)) }
  }

  /// `true` if a folder holds a temporary whose owner is gone.
  package static func hasAbandonedTemporaries(in folder: String) -> Bool {
    ((try? list(folder)) ?? []).contains { TemporaryName(parsing: $0)?.owner.state == .gone }
  }

  /// Removes temporaries in a folder whose owners are gone: killed before they could publish or remove them.
  ///
  /// - Parameter seconds: the age from which a temporary of this host counts; on a shared disk, those of other hosts
  ///   count from a week, since whether their owners live cannot be known here.
  package static func sweepTemporaries(in folder: String, olderThan seconds: Int = 3600) {
    for name in (try? list(folder)) ?? [] {
      guard let temporary = TemporaryName(parsing: name) else { continue }
      var status = stat()
      guard unsafe lstat("\(folder)/\(name)", &status) == 0 else { continue }
      let age = time(nil) - status.st_mtim.tv_sec
      switch temporary.owner.state {
      case .gone where age >= seconds: remove("\(folder)/\(name)")
      case .elsewhere where age >= max(seconds, 7 * 86_400): remove("\(folder)/\(name)")
      case .gone, .elsewhere, .alive: continue
      }
    }
  }
}
