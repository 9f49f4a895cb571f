import Glibc

/// Questions and changes by path. Unsafe where Glibc takes or gives memory by pointer, which no caller sees.
package enum Files {
  package static func exists(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) == 0
  }

  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// `true` if `path` is a folder, and no link to one.
  package static func isFolderItself(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// `true` if `path`, which need not exist, is `folder` or lies in it, through whatever links.
  package static func lies(_ path: String, in folder: String) -> Bool {
    func resolved(_ path: String) -> String? {
      guard let found = unsafe realpath(path, nil) else { return nil }
      defer { unsafe free(found) }
      return unsafe String(cString: found)
    }
    var path = path
    while !exists(path), path != ".", path != "/" { path = self.folder(of: path) }
    guard isFolder(folder), let inner = resolved(path), let outer = resolved(folder) else { return false }
    return outer == "/" || "\(inner)/".hasPrefix("\(outer)/")
  }

  /// Bytes of a regular file; 0 where there is none.
  package static func size(_ path: String) -> Int {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  package static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  package static func name(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// Makes a folder and those above it that are missing, durably.
  package static func makeFolders(_ path: String) throws {
    guard !isFolder(path) else { return }
    let parent = folder(of: path)
    if parent != path, parent != "." { try makeFolders(parent) }
    try naming(path) {
      guard unsafe mkdir(path, 0o777) == 0 || (errno == EEXIST && isFolder(path)) else {
        throw SystemError.system(operation: "create the folder", code: errno)
      }
      try synchroniseFolder(parent)
    }
  }

  /// Names in a folder, sorted by bytes, without "." and "..".
  ///
  /// - Parameters:
  ///   - prefix: the beginning of the names that are wanted; the others cost next to nothing.
  ///   - passingOver: `true` if names that are not UTF-8 are left out rather than an error.
  package static func list(
    _ path: String, startingWith prefix: String = "", passingOverForeignNames passingOver: Bool = false
  ) throws -> [String] {
    guard let folder = unsafe opendir(path) else {
      throw FileError(path, SystemError.system(operation: "read the folder", code: errno))
    }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    errno = 0
    while let entry = unsafe readdir(folder) {
      guard unsafe entry.name(startsWith: prefix) else {
        errno = 0
        continue
      }
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(validatingCString: $0) }
      }
      guard let name else {
        if passingOver { continue }
        throw FileError(path, SystemError.nameIsNotText)
      }
      if name != ".", name != ".." { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw FileError(path, SystemError.system(operation: "read the folder", code: errno)) }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// - Throws: `FileError` if the folder cannot be listed. Its names, of which there may be thousands, are not read.
  package static func checkListable(_ path: String) throws {
    guard let folder = unsafe opendir(path) else {
      throw FileError(path, SystemError.system(operation: "read the folder", code: errno))
    }
    unsafe closedir(folder)
  }

  package static func synchroniseFolder(_ path: String) throws(SystemError) {
    let folder = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
    // Some network file systems keep folders durable by themselves and refuse the call.
    guard fsync(folder.number) == 0 || errno == EINVAL else { throw .system(operation: "fsync", code: errno) }
    try folder.close()
  }

  package static func remove(_ path: String) {
    if isFolder(path), !isLink(path) {
      for name in (try? list(path)) ?? [] { remove("\(path)/\(name)") }
      unsafe rmdir(path)
    } else {
      unsafe unlink(path)
    }
  }

  package static func isLink(_ path: String) -> Bool { linkTarget(path) != nil }

  package static func linkTarget(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = unsafe readlink(path, &buffer, buffer.count - 1)
    guard length >= 0 else { return nil }
    return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// All bytes of a regular file of at most `limit` bytes.
  package static func read(_ path: String, limit: Int = 1 << 30) throws -> [UInt8] {
    try naming(path) {
      let (file, size) = try FileDescriptor.openRegular(path)
      func check(_ count: Int) throws(SystemError) {
        guard count <= limit else { throw .tooLarge(size: count, limit: limit) }
      }
      try check(size)
      var bytes: [UInt8] = []
      bytes.reserveCapacity(size)
      try unsafe file.read { block throws(SystemError) in
        try check(bytes.count + block.count)
        unsafe bytes.append(contentsOf: block)
      }
      return bytes
    }
  }
}

extension UnsafeMutablePointer<dirent> {
  /// `true` if the name of the entry begins with these bytes.
  fileprivate func name(startsWith prefix: String) -> Bool {
    unsafe withUnsafePointer(to: &pointee.d_name) {
      unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { name in
        unsafe strncmp(name, prefix, prefix.utf8.count) == 0
      }
    }
  }
}
