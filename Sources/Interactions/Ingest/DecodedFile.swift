import CZlib
import CZstd
import SystemFiles

/// A form of compression.
package enum PackedForm: String, Sendable { case gzip, zstd }

/// The bytes of a file, unpacked if it begins as gzip or zstd does, chunk by chunk: memory does not grow with the file.
///
/// The file is read, not mapped, since its owner may change it at any time.
///
/// Unsafe inside, for zlib and zstd, which read and write buffers of `chunkSize` by pointer.
struct DecodedFile {
  static let chunkSize = 1 << 20

  let path: String

  /// Calls `body` with one chunk after another.
  func forEachChunk(_ body: (Span<UInt8>) throws -> Void) throws {
    let input = try FileInput(path)
    try input.refill()
    if unsafe input.rest.starts(with: [0x1f, 0x8b]) {
      try gzip(input, body)
    } else if unsafe input.rest.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) {
      try zstd(input, body)
    } else {
      while !input.isEmpty {
        try unsafe body(input.rest.bindMemory(to: UInt8.self).span)
        try input.refill()
      }
    }
  }

  /// The first chunk; empty of an empty file.
  func start() throws -> [UInt8] {
    struct Found: Error {}
    var start: [UInt8] = []
    do {
      try forEachChunk { chunk in
        start = Array(chunk)
        throw Found()
      }
    } catch is Found { return start }
    return start
  }

  private func damaged(_ form: PackedForm) -> DataError { .badSource(Files.name(of: path), .damaged(form)) }

  private func cutShort(_ form: PackedForm) -> DataError { .badSource(Files.name(of: path), .cutShort(form)) }

  /// Any number of members, one behind the other.
  private func gzip(_ input: FileInput, _ body: (Span<UInt8>) throws -> Void) throws {
    var stream = unsafe z_stream()
    guard unsafe tandem_gzip_start(&stream) == Z_OK else { throw damaged(.gzip) }
    defer { unsafe inflateEnd(&stream) }
    let chunk = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Self.chunkSize)
    defer { unsafe chunk.deallocate() }
    var isInside = true
    while true {
      if input.isEmpty { try input.refill() }
      if !isInside {
        if input.isEmpty { return }
        guard unsafe inflateReset(&stream) == Z_OK else { throw damaged(.gzip) }
        isInside = true
      }
      let given = unsafe input.rest.count
      // zlib reads its input and does not change it.
      unsafe stream.next_in = UnsafeMutablePointer(mutating: input.rest.bindMemory(to: UInt8.self).baseAddress)
      unsafe stream.avail_in = UInt32(given)
      unsafe stream.next_out = chunk.baseAddress
      unsafe stream.avail_out = UInt32(Self.chunkSize)
      let status = unsafe inflate(&stream, Z_NO_FLUSH)
      let taken = unsafe given - Int(stream.avail_in)
      let made = unsafe Self.chunkSize - Int(stream.avail_out)
      unsafe input.rest = UnsafeRawBufferPointer(rebasing: input.rest[taken...])
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
  private func zstd(_ input: FileInput, _ body: (Span<UInt8>) throws -> Void) throws {
    guard let stream = unsafe ZSTD_createDCtx() else { throw damaged(.zstd) }
    defer { unsafe ZSTD_freeDCtx(stream) }
    let chunk = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Self.chunkSize)
    defer { unsafe chunk.deallocate() }
    // What zstd says it needs next: 0 behind a whole frame.
    var needed = 1
    while true {
      if input.isEmpty { try input.refill() }
      if input.isEmpty, needed == 0 { return }
      var source = unsafe ZSTD_inBuffer(src: input.rest.baseAddress, size: input.rest.count, pos: 0)
      var output = unsafe ZSTD_outBuffer(dst: chunk.baseAddress, size: chunk.count, pos: 0)
      needed = unsafe ZSTD_decompressStream(stream, &output, &source)
      guard ZSTD_isError(needed) == 0 else { throw damaged(.zstd) }
      let (taken, made) = unsafe (source.pos, output.pos)
      unsafe input.rest = UnsafeRawBufferPointer(rebasing: input.rest[taken...])
      if made > 0 { try unsafe body(UnsafeBufferPointer(rebasing: chunk[..<made]).span) }
      guard taken > 0 || made > 0 || needed == 0 else { throw cutShort(.zstd) }
    }
  }
}

/// The bytes of a file, block by block: `rest` is the unread part of the current one.
@safe
private final class FileInput {
  private let path: String
  private let file: FileDescriptor
  private let block: UnsafeMutableRawBufferPointer
  var rest: UnsafeRawBufferPointer

  init(_ path: String) throws {
    self.path = path
    file = try naming(path) { try FileDescriptor.openRegular(path).file }
    unsafe block = .allocate(byteCount: DecodedFile.chunkSize, alignment: 64)
    unsafe rest = UnsafeRawBufferPointer(rebasing: block[..<0])
  }

  deinit { unsafe block.deallocate() }

  var isEmpty: Bool { unsafe rest.isEmpty }

  /// Reads the next block in place of this one; nothing is left at the end of the file.
  func refill() throws {
    let length = try naming(path) { try unsafe file.read(next: block) }
    unsafe rest = UnsafeRawBufferPointer(rebasing: block[..<length])
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
