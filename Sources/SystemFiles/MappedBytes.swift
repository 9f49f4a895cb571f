import Glibc

/// A regular file mapped read-only, or a copy of it in memory; the only place that calls mmap. Published files are
/// never changed in place, so the bytes hold still. A file that its owner may cut short at any time, such as raw data,
/// is read instead (`FileDescriptor.read`): a mapped page that is gone kills the process.
///
/// `@unchecked Sendable` because nobody writes the bytes, and they stay until the last owner lets go.
@safe
package final class MappedBytes: @unchecked Sendable {
  package let buffer: UnsafeRawBufferPointer
  private let mapping: UnsafeRawBufferPointer
  private let isCopy: Bool

  package var count: Int { unsafe buffer.count }

  package convenience init(path: String) throws(SystemError) {
    let (file, size) = try FileDescriptor.openRegular(path)
    try self.init(file, size: size)
  }

  /// A copy in memory, in pages of 2 MiB where the system has them to give, for fewer misses of the translation buffer,
  /// at the cost of reading the file.
  package init(copying path: String) throws(SystemError) {
    let (file, size) = try FileDescriptor.openRegular(path)
    let (page, room) = (1 << 21, size + (1 << 21))
    let start = unsafe mmap(nil, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let start = unsafe start, unsafe start != MAP_FAILED else {
      throw .system(operation: "hold \(size) bytes in memory", code: errno)
    }
    unsafe mapping = UnsafeRawBufferPointer(start: start, count: room)
    isCopy = true
    let aligned = unsafe start + (page - Int(bitPattern: start) % page) % page
    // Where there are no such pages, usual ones serve as well.
    _ = unsafe madvise(aligned, size, MADV_HUGEPAGE)
    unsafe buffer = UnsafeRawBufferPointer(start: aligned, count: size)
    try unsafe file.read(into: UnsafeMutableRawBufferPointer(start: aligned, count: size), at: 0)
    unsafe mprotect(start, room, PROT_READ)
  }

  /// The first `size` bytes of an open file.
  package init(_ file: FileDescriptor, size: Int) throws(SystemError) {
    isCopy = false
    guard size > 0 else {
      unsafe buffer = UnsafeRawBufferPointer(start: nil, count: 0)
      unsafe mapping = buffer
      return
    }
    let start = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, file.number, 0)
    guard let start = unsafe start, unsafe start != MAP_FAILED else { throw .system(operation: "map", code: errno) }
    unsafe buffer = UnsafeRawBufferPointer(start: start, count: size)
    unsafe mapping = buffer
  }

  /// Lets go of the pages of a mapping; they are read again from the file where they are asked for.
  package func releasePages() {
    guard !isCopy, let start = unsafe mapping.baseAddress else { return }
    unsafe madvise(UnsafeMutableRawPointer(mutating: start), mapping.count, MADV_DONTNEED)
  }

  deinit {
    if let start = unsafe mapping.baseAddress { unsafe munmap(UnsafeMutableRawPointer(mutating: start), mapping.count) }
  }
}
