import Glibc

/// A regular file mapped read-only; the only place that calls mmap. Published files are never changed in place, so the
/// bytes hold still.
package final class MappedBytes: @unchecked Sendable {
  package let buffer: UnsafeRawBufferPointer

  package var count: Int { buffer.count }

  package init(path: String) throws(ArtifactError) {
    // Non-blocking, so that a FIFO cannot hold the reader before it is refused.
    let file = try FileDescriptor.open(path, O_RDONLY | O_NONBLOCK)
    var status = stat()
    guard fstat(file.number, &status) == 0 else { throw .system(operation: "stat", code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notARegularFile }
    guard status.st_size > 0 else {
      buffer = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let start = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, file.number, 0)
    guard let start, start != MAP_FAILED else { throw .system(operation: "map", code: errno) }
    buffer = UnsafeRawBufferPointer(start: start, count: Int(status.st_size))
  }

  deinit { if let start = buffer.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), buffer.count) } }
}
