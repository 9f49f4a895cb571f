import Glibc

/// Copies a file by system calls, so that errors say why they failed.
enum FileCopy {
  /// Copies `source` to a new file and synchronises it with the disk. After a failure the caller must remove the copy.
  ///
  /// - Parameter mode: the new file's mode, before the process's umask.
  /// - Throws: `SystemError` for the path whose call failed.
  static func copy(_ source: String, to target: String, mode: mode_t) throws(SystemError) {
    let input = open(source, O_RDONLY | O_CLOEXEC)
    guard input >= 0 else { throw SystemError(source, "open") }
    defer { close(input) }
    let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard output >= 0 else { throw SystemError(target, "open") }
    var isOpen = true
    defer { if isOpen { close(output) } }
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { block.deallocate() }
    while true {
      let length = read(input, block.baseAddress, block.count)
      if length < 0, errno == EINTR { continue }
      guard length >= 0 else { throw SystemError(source, "read") }
      if length == 0 { break }
      try write(UnsafeRawBufferPointer(rebasing: block[..<length]), to: output, target)
    }
    guard fsync(output) == 0 else { throw SystemError(target, "fsync") }
    isOpen = false
    guard close(output) == 0 else { throw SystemError(target, "close") }
  }

  private static func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String
  ) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      let length = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
      if length < 0, errno == EINTR { continue }
      guard length > 0 else { throw SystemError(path, "write", length < 0 ? errno : EIO) }
      done += length
    }
  }
}

/// Folders that survive a loss of power.
enum FolderCalls {
  /// Makes a folder and its missing parents.
  static func make(_ path: String) throws(SystemError) {
    let parent = parent(of: path)
    var isMade = mkdir(path, 0o777) == 0
    if !isMade, errno == ENOENT, parent != path {
      try make(parent)
      isMade = mkdir(path, 0o777) == 0
    }
    if isMade { return try synchronise(parent) }
    // Opening it as a folder fails for anything else.
    guard errno == EEXIST else { throw SystemError(path, "mkdir") }
  }

  static func synchronise(_ path: String) throws(SystemError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError(path, "open") }
    defer { close(descriptor) }
    // Some network file systems keep folders durable by themselves and refuse the call.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw SystemError(path, "fsync") }
  }

  private static func parent(of path: String) -> String {
    let trimmed = path.reversed().drop { $0 == "/" }
    let parent = String(trimmed.drop { $0 != "/" }.drop { $0 == "/" }.reversed())
    return parent.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : parent
  }
}
