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

  /// A regular file and its size. Links are followed: people name data and artifacts through them.
  package static func openRegular(_ path: String) throws(ArtifactError) -> (file: FileDescriptor, size: Int) {
    // Non-blocking, so that a FIFO cannot hold the reader before it is refused.
    let file = try open(path, O_RDONLY | O_NONBLOCK)
    var status = stat()
    guard fstat(file.number, &status) == 0 else { throw .system(operation: "stat", code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notARegularFile }
    return (file, Int(status.st_size))
  }

  /// Gives all bytes from here on to `body`, a block at a time.
  package func read(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { block.deallocate() }
    while true {
      let length = Glibc.read(number, block.baseAddress, block.count)
      if length < 0 {
        guard errno == EINTR else { throw ArtifactError.system(operation: "read", code: errno) }
        continue
      }
      guard length > 0 else { return }
      try body(UnsafeRawBufferPointer(rebasing: block[..<length]))
    }
  }

  /// Fills `target` with the bytes from `offset` on.
  package func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws(ArtifactError) {
    var done = 0
    while done < target.count, let start = target.baseAddress {
      // The system reads no more than 2 GiB at once.
      let length = pread(number, start + done, min(target.count - done, 1 << 30), off_t(offset + done))
      if length < 0, errno == EINTR { continue }
      guard length > 0 else { throw .system(operation: "read", code: length < 0 ? errno : EIO) }
      done += length
    }
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
      guard length > 0 else { throw .system(operation: "write", code: EIO) }
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
