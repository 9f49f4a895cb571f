import CSystem
import Glibc

/// What the C library calls an error number.
package func systemMessage(_ code: Int32) -> String {
  switch code {
  case ENOSPC: "no space left on the disk"
  case EDQUOT: "the disk quota is used up"
  case ENOENT: "no such file or folder"
  default: String(cString: strerror(code)).lowercased()
  }
}

/// An open file descriptor, closed with its owner.
package final class FileDescriptor: @unchecked Sendable {
  package let number: Int32
  private var isOpen = true

  package init(_ number: Int32) { self.number = number }

  package static func open(_ path: String, _ flags: Int32, mode: mode_t = 0) throws(ArtifactError) -> FileDescriptor {
    let number = Glibc.open(path, flags | O_CLOEXEC, mode)
    guard number >= 0 else { throw .system(operation: "open", code: errno) }
    return FileDescriptor(number)
  }

  package func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64? = nil) throws(ArtifactError) {
    var rest = bytes
    var place = offset
    while let start = rest.baseAddress, rest.count > 0 {
      let length =
        place.map { Glibc.pwrite(number, start, rest.count, off_t($0)) } ?? Glibc.write(number, start, rest.count)
      if length < 0 {
        guard errno == EINTR else { throw .system(operation: "write", code: errno) }
        continue
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[length...])
      place = place.map { $0 + UInt64(length) }
    }
  }

  package func synchronise() throws(ArtifactError) {
    guard fsync(number) == 0 else { throw .system(operation: "fsync", code: errno) }
  }

  package func close() throws(ArtifactError) {
    guard isOpen else { return }
    isOpen = false
    guard Glibc.close(number) == 0 else { throw .system(operation: "close", code: errno) }
  }

  deinit { if isOpen { Glibc.close(number) } }
}

package enum Files {
  package static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Bytes of a regular file; 0 where there is none.
  package static func size(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  package static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  package static func name(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  package static func makeFolders(_ path: String) throws {
    guard !isFolder(path) else { return }
    let parent = folder(of: path)
    if parent != path, parent != "." { try makeFolders(parent) }
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw FileError(path, ArtifactError.system(operation: "create the folder", code: errno))
    }
  }

  /// Names in a folder, sorted by bytes, without "." and "..".
  package static func list(_ path: String) throws -> [String] {
    guard let folder = opendir(path) else {
      throw FileError(path, ArtifactError.system(operation: "read the folder", code: errno))
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  package static func synchroniseFolder(_ path: String) throws(ArtifactError) {
    let folder = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
    try folder.synchronise()
    try folder.close()
  }

  package static func remove(_ path: String) {
    if isFolder(path), !isLink(path) {
      for name in (try? list(path)) ?? [] { remove("\(path)/\(name)") }
      rmdir(path)
    } else {
      unlink(path)
    }
  }

  package static func isLink(_ path: String) -> Bool { linkTarget(path) != nil }

  package static func linkTarget(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = readlink(path, &buffer, buffer.count - 1)
    guard length >= 0 else { return nil }
    return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Renames without ever replacing what is there; `versionExists` if something is.
  package static func renameWithoutReplacing(_ from: String, _ to: String) throws(ArtifactError) {
    if cs_rename_without_replacing(from, to) == 0 { return }
    switch errno {
    case EEXIST, ENOTEMPTY: throw .versionExists
    case EINVAL, ENOSYS, ENOTSUP: break
    default: throw .system(operation: "rename", code: errno)
    }
    // Network and older file systems: a link fails where the name is taken, and so does renaming onto a full folder.
    if isFolder(from) {
      guard rename(from, to) == 0 else {
        if errno == ENOTEMPTY || errno == EEXIST { throw .versionExists }
        throw .system(operation: "rename", code: errno)
      }
    } else {
      guard link(from, to) == 0 else {
        if errno == EEXIST { throw .versionExists }
        throw .system(operation: "link", code: errno)
      }
      unlink(from)
    }
  }

  /// A name for a temporary file or folder beside `path`, which tells sweepers who made it.
  package static func temporarySibling(of path: String) -> String {
    "\(folder(of: path))/.\(name(of: path)).\(getpid()).\(temporaryNumber()).tmp"
  }

  private static func temporaryNumber() -> UInt32 { UInt32.random(in: 0...UInt32.max) }

  /// Publishes small contents whole: temporary sibling, fsync, rename, fsync of the folder.
  ///
  /// - Parameter replacing: whether an older file of the name may be replaced.
  package static func publish(_ contents: [UInt8], to path: String, replacing: Bool, mode: mode_t = 0o444) throws {
    let temporary = temporarySibling(of: path)
    do {
      try naming(path) {
        let file = try FileDescriptor.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        try contents.withUnsafeBytes { try file.write($0) }
        fchmod(file.number, mode)
        try file.synchronise()
        try file.close()
        if replacing {
          guard rename(temporary, path) == 0 else { throw ArtifactError.system(operation: "rename", code: errno) }
        } else {
          try renameWithoutReplacing(temporary, path)
        }
        try synchroniseFolder(folder(of: path))
      }
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// All bytes of a regular file of at most `limit` bytes.
  package static func read(_ path: String, limit: Int = 1 << 30) throws -> [UInt8] {
    try naming(path) {
      let bytes = try MappedBytes(path: path)
      guard bytes.count <= limit else {
        throw ArtifactError.tooLarge(part: "the file", value: UInt64(bytes.count), limit: UInt64(limit))
      }
      return Array(bytes.buffer)
    }
  }
}
