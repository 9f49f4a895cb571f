package import Glibc
import Synchronization

/// An open file descriptor, closed with its owner.
///
/// Calls of Glibc that read or write memory are marked unsafe; they stay within the buffer that is passed.
package final class FileDescriptor: Sendable {
  package let number: Int32
  private let isOpen = Atomic(true)

  package init(_ number: Int32) { self.number = number }

  package static func open(_ path: String, _ flags: Int32, mode: mode_t = 0) throws(SystemError) -> FileDescriptor {
    let number = unsafe Glibc.open(path, flags | O_CLOEXEC, mode)
    guard number >= 0 else { throw .system(operation: "open", code: errno) }
    return FileDescriptor(number)
  }

  /// A regular file and its size. Links are followed: people name data and artifacts through them.
  package static func openRegular(_ path: String) throws(SystemError) -> (file: FileDescriptor, size: Int) {
    // Non-blocking, so that a FIFO cannot hold the reader before it is refused.
    let file = try open(path, O_RDONLY | O_NONBLOCK)
    var status = stat()
    guard unsafe fstat(file.number, &status) == 0 else { throw .system(operation: "stat", code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notARegularFile }
    return (file, Int(status.st_size))
  }

  /// Gives all bytes from here on to `body`, a block at a time.
  package func read(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { unsafe block.deallocate() }
    while true {
      let length = try unsafe read(next: block)
      guard length > 0 else { return }
      try unsafe body(UnsafeRawBufferPointer(rebasing: block[..<length]))
    }
  }

  /// Fills `target` with the bytes that come next.
  ///
  /// - Returns: the number of bytes read, which is less than the size of `target` only at the end of the file.
  package func read(next target: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
    var done = 0
    while done < target.count, let start = target.baseAddress {
      let length = unsafe Glibc.read(number, start + done, min(target.count - done, 1 << 30))
      if length < 0, errno == EINTR { continue }
      guard length >= 0 else { throw .system(operation: "read", code: errno) }
      if length == 0 { break }
      done += length
    }
    return done
  }

  /// Fills `target` with the bytes from `offset` on.
  package func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws(SystemError) {
    var done = 0
    while done < target.count, let start = target.baseAddress {
      // The system reads no more than 2 GiB at once.
      let length = unsafe pread(number, start + done, min(target.count - done, 1 << 30), off_t(offset + done))
      if length < 0, errno == EINTR { continue }
      guard length > 0 else { throw .system(operation: "read", code: length < 0 ? errno : EIO) }
      done += length
    }
  }

  package func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64? = nil) throws(SystemError) {
    var rest = unsafe bytes
    var place = offset
    while let start = rest.baseAddress, rest.count > 0 {
      let length =
        unsafe place.map { unsafe Glibc.pwrite(number, start, rest.count, off_t($0)) }
        ?? Glibc.write(number, start, rest.count)
      if length < 0 {
        guard errno == EINTR else { throw .system(operation: "write", code: errno) }
        continue
      }
      guard length > 0 else { throw .system(operation: "write", code: EIO) }
      unsafe rest = UnsafeRawBufferPointer(rebasing: rest[length...])
      place = place.map { $0 + UInt64(length) }
    }
  }

  /// Writes the elements of an array as they lie in memory.
  package func write<Element: BitwiseCopyable>(_ values: [Element], at offset: UInt64? = nil) throws(SystemError) {
    try unsafe values.withUnsafeBufferPointer { values throws(SystemError) in
      try unsafe write(UnsafeRawBufferPointer(values), at: offset)
    }
  }

  package func synchronise() throws(SystemError) {
    guard fsync(number) == 0 else { throw .system(operation: "fsync", code: errno) }
  }

  package func close() throws(SystemError) {
    guard isOpen.exchange(false, ordering: .relaxed) else { return }
    guard Glibc.close(number) == 0 else { throw .system(operation: "close", code: errno) }
  }

  deinit { if isOpen.load(ordering: .relaxed) { Glibc.close(number) } }
}
