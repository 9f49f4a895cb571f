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
  func forEachChunk(_ body: (Span<UInt8>) throws -> Void) throws {
    let file = try naming(path) { try MappedBytes(path: path) }
    // The mapping lives until the last chunk was taken.
    try withExtendedLifetime(file) {
      let bytes = unsafe file.buffer
      if unsafe bytes.starts(with: [0x1f, 0x8b]) {
        try unsafe gzip(bytes, body)
      } else if unsafe bytes.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) {
        try unsafe zstd(bytes, body)
      } else {
        for start in stride(from: 0, to: bytes.count, by: Self.chunkSize) {
          let chunk = unsafe bytes[start..<min(start + Self.chunkSize, bytes.count)]
          try unsafe body(UnsafeRawBufferPointer(rebasing: chunk).bindMemory(to: UInt8.self).span)
        }
      }
    }
  }

  private func damaged(_ form: PackedForm) -> DataError { .badSource(Files.name(of: path), .damaged(form)) }

  private func cutShort(_ form: PackedForm) -> DataError { .badSource(Files.name(of: path), .cutShort(form)) }

  /// Any number of members, one behind the other.
  private func gzip(_ bytes: UnsafeRawBufferPointer, _ body: (Span<UInt8>) throws -> Void) throws {
    var stream = unsafe z_stream()
    guard unsafe tandem_gzip_start(&stream) == Z_OK else { throw damaged(.gzip) }
    defer { unsafe inflateEnd(&stream) }
    let chunk = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Self.chunkSize)
    defer { unsafe chunk.deallocate() }
    var rest = unsafe bytes
    var isInside = true
    while unsafe isInside || !rest.isEmpty {
      if !isInside {
        guard unsafe inflateReset(&stream) == Z_OK else { throw damaged(.gzip) }
        isInside = true
      }
      let given = min(rest.count, 1 << 30)
      // zlib reads its input and does not change it.
      unsafe stream.next_in = UnsafeMutablePointer(mutating: rest.bindMemory(to: UInt8.self).baseAddress)
      unsafe stream.avail_in = UInt32(given)
      unsafe stream.next_out = chunk.baseAddress
      unsafe stream.avail_out = UInt32(Self.chunkSize)
      let status = unsafe inflate(&stream, Z_NO_FLUSH)
      let taken = unsafe given - Int(stream.avail_in)
      let made = unsafe Self.chunkSize - Int(stream.avail_out)
      unsafe rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
      if made > 0 { try unsafe body(UnsafeBufferPointer(rebasing: chunk[..<made]).span) }
      switch status {
      case Z_STREAM_END: isInside = false
      case Z_OK where taken > 0 || made > 0: break
      case Z_OK, Z_BUF_ERROR: throw cutShort(.gzip)
      default: throw damaged(.gzip)
      }
    }
  }

  /// Any number of frames, one behind the other.
  private func zstd(_ bytes: UnsafeRawBufferPointer, _ body: (Span<UInt8>) throws -> Void) throws {
    guard let stream = unsafe ZSTD_createDCtx() else { throw damaged(.zstd) }
    defer { unsafe ZSTD_freeDCtx(stream) }
    let chunk = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Self.chunkSize)
    defer { unsafe chunk.deallocate() }
    var input = unsafe ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
    // What zstd says it needs next: 0 behind a whole frame.
    var needed = 1
    while unsafe input.pos < input.size || needed != 0 {
      var output = unsafe ZSTD_outBuffer(dst: chunk.baseAddress, size: chunk.count, pos: 0)
      let before = unsafe input.pos
      needed = unsafe ZSTD_decompressStream(stream, &output, &input)
      guard ZSTD_isError(needed) == 0 else { throw damaged(.zstd) }
      let made = unsafe output.pos
      if made > 0 { try unsafe body(UnsafeBufferPointer(rebasing: chunk[..<made]).span) }
      guard unsafe input.pos > before || made > 0 || needed == 0 else { throw cutShort(.zstd) }
    }
  }
}

extension [UInt8] {
  init(_ bytes: Span<UInt8>) {
    self.init()
    append(contentsOf: bytes)
  }

  mutating func append(contentsOf bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }
}
