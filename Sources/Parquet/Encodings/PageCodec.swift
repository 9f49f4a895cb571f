import CLz4
import CSnappy
import CZlib
import CZstd

/// Compression of pages, and its checks before anything is allocated for what a page claims to hold.
///
/// Unsafe inside, for libraries of C, which read and write the buffers that they are given.
enum PageCodec: Int, Sendable {
  case none = 0
  case snappy = 1
  case gzip = 2
  case zstd = 6
  case lz4 = 7

  init(number: Int) throws(ParquetFault) {
    guard let codec = PageCodec(rawValue: number) else {
      let names = [3: "LZO", 4: "Brotli", 5: "the LZ4 of Hadoop"]
      throw .unreadCodec(names[number] ?? "codec \(number)")
    }
    self = codec
  }

  /// A ratio above that of any bytes that the codec unpacks.
  private var greatestRatio: Int {
    switch self {
    case .none: 1
    case .snappy: 64
    case .gzip: 1_100
    case .zstd: 50_000
    case .lz4: 256
    }
  }

  /// Unpacks `range` of `packed` into the first `size` bytes of `target`, which grows if it must.
  func unpack(
    _ packed: [UInt8], _ range: Range<Int>, size: Int, into target: inout [UInt8]
  ) throws(ParquetFault) {
    guard size <= (range.count + 64) * greatestRatio else {
      throw .damaged("a page of \(range.count) bytes claims to hold \(size)")
    }
    if target.count < size {
      // Of the memory only what is unpacked is touched.
      target = unsafe [UInt8](unsafeUninitializedCapacity: size) { _, count in count = size }
    }
    let isWhole = unsafe packed.withUnsafeBytes { packed in
      unsafe target.withUnsafeMutableBytes { target in
        unsafe unpack(
          UnsafeRawBufferPointer(rebasing: packed[range]), UnsafeMutableRawBufferPointer(rebasing: target[..<size]))
      }
    }
    guard isWhole else { throw .damaged("a page cannot be unpacked by \(self)") }
  }

  private func unpack(_ packed: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer) -> Bool {
    if packed.count == 0 { return target.count == 0 }
    // The libraries want a place to write to even if there is nothing to write.
    var nothing: UInt8 = 0
    if target.count == 0 {
      return unsafe withUnsafeMutableBytes(of: &nothing) { unsafe unpackWhole(packed, $0, size: 0) }
    }
    return unsafe unpackWhole(packed, target, size: target.count)
  }

  private func unpackWhole(
    _ packed: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer, size: Int
  ) -> Bool {
    switch self {
    case .none:
      guard packed.count == size else { return false }
      unsafe target.copyMemory(from: packed)
      return true
    case .snappy:
      let source = unsafe packed.bindMemory(to: CChar.self).baseAddress
      var length = 0
      guard unsafe snappy_uncompressed_length(source, packed.count, &length) == SNAPPY_OK, length == size else {
        return false
      }
      let status = unsafe snappy_uncompress(
        source, packed.count, target.bindMemory(to: CChar.self).baseAddress, &length)
      return status == SNAPPY_OK && length == size
    case .zstd:
      return unsafe ZSTD_decompress(target.baseAddress, size, packed.baseAddress, packed.count) == size
    case .lz4:
      // Sizes of pages are below 2^31.
      let length = unsafe LZ4_decompress_safe(
        packed.bindMemory(to: CChar.self).baseAddress, target.bindMemory(to: CChar.self).baseAddress,
        Int32(packed.count), Int32(size))
      return length == size
    case .gzip: return unsafe inflate(packed, target, size: size)
    }
  }

  /// Any number of members, one behind the other.
  private func inflate(
    _ packed: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer, size: Int
  ) -> Bool {
    var stream = unsafe z_stream()
    guard unsafe tandem_gzip_start(&stream) == Z_OK else { return false }
    defer { unsafe inflateEnd(&stream) }
    // zlib reads its input and does not change it.
    unsafe stream.next_in = UnsafeMutablePointer(mutating: packed.bindMemory(to: UInt8.self).baseAddress)
    unsafe stream.avail_in = UInt32(packed.count)
    unsafe stream.next_out = target.bindMemory(to: UInt8.self).baseAddress
    unsafe stream.avail_out = UInt32(size)
    while true {
      guard unsafe CZlib.inflate(&stream, Z_FINISH) == Z_STREAM_END else { return false }
      if unsafe stream.avail_in == 0 { return unsafe stream.avail_out == 0 }
      guard unsafe inflateReset(&stream) == Z_OK else { return false }
    }
  }

  /// CRC-32 of a part of a buffer.
  static func checksum(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32 {
    unsafe bytes.withUnsafeBytes { bytes in
      let part = unsafe UnsafeRawBufferPointer(rebasing: bytes[range]).bindMemory(to: UInt8.self)
      return UInt32(truncatingIfNeeded: unsafe crc32(0, part.baseAddress, UInt32(part.count)))
    }
  }
}
