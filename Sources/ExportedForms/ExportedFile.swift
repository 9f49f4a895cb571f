import Artifacts
import Glibc
import Kernels

/// A file of an exported form, written from its beginning to its end.
final class ExportedFile {
  private let descriptor: FileDescriptor
  private var buffer: [UInt8] = []
  /// Bytes that were written so far.
  private(set) var size = 0

  init(path: String) throws {
    descriptor = try naming(path) { try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644) }
    buffer.reserveCapacity(Self.capacity)
  }

  private static let capacity = 1 << 18

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    size += bytes.count
    if buffer.count + bytes.count > Self.capacity { try flush() }
    guard bytes.count <= Self.capacity else { return try descriptor.write(bytes) }
    buffer.append(contentsOf: bytes)
  }

  func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

  /// Zeros up to a multiple of `alignment`.
  func align(to alignment: Int) throws {
    try write([UInt8](repeating: 0, count: (alignment - size % alignment) % alignment))
  }

  private func flush() throws {
    try buffer.withUnsafeBytes { try descriptor.write($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Writes what is left, and makes the file last.
  func close() throws {
    try flush()
    try descriptor.synchronise()
    try descriptor.close()
  }
}

/// Numbers as protocol buffers have them, seven bits a byte, the lowest first.
func varint(_ value: Int) -> [UInt8] {
  var rest = UInt64(bitPattern: Int64(value))
  var bytes: [UInt8] = []
  while rest >= 0x80 {
    bytes.append(UInt8(rest & 0x7f) | 0x80)
    rest >>= 7
  }
  bytes.append(UInt8(rest))
  return bytes
}

extension Collection<UInt8> where SubSequence == Self {
  /// Takes such a number from the front; nil where it is cut short.
  mutating func popVarint() -> UInt64? {
    var (value, shift): (UInt64, UInt64) = (0, 0)
    while shift < 64, let byte = popFirst() {
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }
}

func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
