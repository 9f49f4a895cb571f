import Glibc

/// A regular file mapped read-only; the only place that calls mmap. Published files are never changed in place, so the
/// bytes hold still. Raw data, which its owner may change at any time, is read instead (`Files.read`).
package final class MappedBytes: @unchecked Sendable {
  package let buffer: UnsafeRawBufferPointer

  package var count: Int { buffer.count }

  package convenience init(path: String) throws(ArtifactError) {
    let (file, size) = try FileDescriptor.openRegular(path)
    try self.init(file, size: size)
  }

  /// The first `size` bytes of an open file.
  init(_ file: FileDescriptor, size: Int) throws(ArtifactError) {
    guard size > 0 else {
      buffer = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, file.number, 0)
    guard let start, start != MAP_FAILED else { throw .system(operation: "map", code: errno) }
    buffer = UnsafeRawBufferPointer(start: start, count: size)
  }

  deinit { if let start = buffer.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), buffer.count) } }
}
