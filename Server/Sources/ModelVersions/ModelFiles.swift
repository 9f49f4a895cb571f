import Glibc

/// The file system as a watcher sees it. Answers are `nil` if nothing is there; what is there and cannot be read
/// throws.
package protocol ModelFiles: Sendable {
  /// Returns the sorted names in a folder, without those that begin with a dot; `nil` if there is no such folder.
  func names(in folder: String) throws(SystemError) -> [String]?
  func isFolder(_ path: String) throws(SystemError) -> Bool
  /// Returns the identity of a regular file, following links; `nil` if there is none.
  func identity(of path: String) throws(SystemError) -> FileIdentity?
  /// Returns at most `limit` + 1 bytes of a file, the last of which tells that it is longer; `nil` if there is no file.
  func contents(of path: String, limit: Int) throws(SystemError) -> [UInt8]?
}

/// The file system itself.
package struct DiskFiles: ModelFiles {
  package init() {}

  package func names(in folder: String) throws(SystemError) -> [String]? {
    try Self.list(folder) { !$0.hasPrefix(".") }
  }

  package func isFolder(_ path: String) throws(SystemError) -> Bool {
    try Self.status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
  }

  package func identity(of path: String) throws(SystemError) -> FileIdentity? {
    try Self.status(path).flatMap { FileIdentity($0) }
  }

  package func contents(of path: String, limit: Int) throws(SystemError) -> [UInt8]? {
    // Non-blocking, so that a FIFO cannot hold the reader.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return try Self.absence(path, "open") }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: limit + 1)
    var count = 0
    while count < bytes.count {
      let length = bytes.withUnsafeMutableBytes { all in
        read(descriptor, all.baseAddress.map { $0 + count }, all.count - count)
      }
      if length < 0, errno == EINTR { continue }
      guard length >= 0 else { throw SystemError(path, "read") }
      if length == 0 { break }
      count += length
    }
    return Array(bytes[..<count])
  }

  /// Names in a folder that `isWanted` takes, sorted; nil if there is no such folder.
  static func list(_ path: String, where isWanted: (String) -> Bool) throws(SystemError) -> [String]? {
    guard let folder = opendir(path) else { return try absence(path, "opendir") }
    defer { closedir(folder) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(folder) else { break }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != "..", isWanted(name) { names.append(name) }
    }
    guard errno == 0 else { throw SystemError(path, "readdir") }
    return names.sorted()
  }

  private static func status(_ path: String) throws(SystemError) -> stat? {
    var status = stat()
    guard stat(path, &status) == 0 else { return try absence(path, "stat") }
    return status
  }

  /// Returns `nil` if the call that has just failed found nothing at `path`, and throws otherwise.
  private static func absence<Found>(_ path: String, _ operation: String) throws(SystemError) -> Found? {
    let error = SystemError(path, operation)
    guard error.meansAbsence else { throw error }
    return nil
  }
}
