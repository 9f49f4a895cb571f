import CZlib
import CZstd
import SystemFiles

/// A form of compression.
package enum PackedForm: String, Sendable { case gzip, zstd }

/// The bytes of a file, unpacked if it begins as gzip or zstd does, chunk by chunk: memory does not grow with the file.
struct DecodedFile {
  static let chunkSize = 1 << 20

  let path: String

  /// Calls `body` with one chunk after another.
  func forEachChunk(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let file = try naming(path) { try MappedBytes(path: path) }
    let bytes = file.buffer
    if bytes.starts(with: [0x1f, 0x8b]) {
      try gzip(bytes, body)
    } else if bytes.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) {
      try zstd(bytes, body)
    } else {
      for start in stride(from: 0, to: bytes.count, by: Self.chunkSize) {
        try body(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + Self.chunkSize, bytes.count)]))
      }
    }
  }

  private func damaged(_ form: PackedForm) -> DataError { .badSource(Files.name(of: path), .damaged(form)) }

  private func cutShort(_ form: PackedForm) -> DataError { .badSource(Files.name(of: path), .cutShort(form)) }

  /// Any number of members, one behind the other.
  private func gzip(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    var stream = z_stream()
    guard tandem_gzip_start(&stream) == Z_OK else { throw damaged(.gzip) }
    defer { inflateEnd(&stream) }
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkSize, alignment: 16)
    defer { chunk.deallocate() }
    var rest = bytes
    var isInside = true
    while isInside || !rest.isEmpty {
      if !isInside {
        guard inflateReset(&stream) == Z_OK else { throw damaged(.gzip) }
        isInside = true
      }
      let given = min(rest.count, 1 << 30)
      stream.next_in = UnsafeMutablePointer(mutating: rest.bindMemory(to: UInt8.self).baseAddress)
      stream.avail_in = UInt32(given)
      stream.next_out = chunk.bindMemory(to: UInt8.self).baseAddress
      stream.avail_out = UInt32(Self.chunkSize)
      let status = inflate(&stream, Z_NO_FLUSH)
      let taken = given - Int(stream.avail_in)
      let made = Self.chunkSize - Int(stream.avail_out)
      rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
      if made > 0 { try body(UnsafeRawBufferPointer(rebasing: chunk[..<made])) }
      switch status {
      case Z_STREAM_END: isInside = false
      case Z_OK where taken > 0 || made > 0: break
      case Z_OK, Z_BUF_ERROR: throw cutShort(.gzip)
      default: throw damaged(.gzip)
      }
    }
  }

  /// Any number of frames, one behind the other.
  private func zstd(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    guard let stream = ZSTD_createDCtx() else { throw damaged(.zstd) }
    defer { ZSTD_freeDCtx(stream) }
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkSize, alignment: 16)
    defer { chunk.deallocate() }
    var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
    var wanted = 1
    while input.pos < input.size || wanted != 0 {
      var output = ZSTD_outBuffer(dst: chunk.baseAddress, size: chunk.count, pos: 0)
      let before = input.pos
      wanted = ZSTD_decompressStream(stream, &output, &input)
      guard ZSTD_isError(wanted) == 0 else { throw damaged(.zstd) }
      if output.pos > 0 { try body(UnsafeRawBufferPointer(rebasing: chunk[..<output.pos])) }
      guard input.pos > before || output.pos > 0 || wanted == 0 else { throw cutShort(.zstd) }
    }
  }
}
