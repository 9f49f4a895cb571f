import Glibc
import SystemFiles

/// A file of an exported form, written sequentially.
final class ExportedFile {
  private let descriptor: FileDescriptor
  private var buffer: [UInt8] = []
  /// The number of bytes written so far.
  private(set) var size = 0

  init(path: String) throws {
    descriptor = try naming(path) { try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644) }
    buffer.reserveCapacity(Self.capacity)
  }

  private static let capacity = 1 << 18

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    size += bytes.count
    if buffer.count + bytes.count > Self.capacity { try flush() }
    guard bytes.count <= Self.capacity else { return try unsafe descriptor.write(bytes) }
    unsafe buffer.append(contentsOf: bytes)
  }

  func write(_ bytes: [UInt8]) throws { try unsafe bytes.withUnsafeBytes { try unsafe write($0) } }

  /// Appends zeros up to a multiple of `alignment`.
  func align(to alignment: Int) throws {
    try write([UInt8](repeating: 0, count: (alignment - size % alignment) % alignment))
  }

  private func flush() throws {
    try descriptor.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  /// Writes the rest of the buffer, and synchronises the file with the disk.
  func close() throws {
    try flush()
    try descriptor.synchronise()
    try descriptor.close()
  }
}
