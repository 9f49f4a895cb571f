import CZstd

/// Zstandard frames of bounded raw size; the only place that calls libzstd for artifacts.
///
/// Unsafe inside, for libzstd, which takes buffers by pointer and length.
package enum ZstdFrame {
  /// Raw bytes of every frame but a section's last. Frames are decoded one by one, so this bounds memory.
  package static let rawSize = 1 << 20
  package static let level: Int32 = 3
  /// More than any frame of `rawSize` can grow by: eight blocks of one repeated byte take 38 bytes.
  static let greatestRatio = 40_000

  package static var libraryVersion: String { unsafe String(cString: ZSTD_versionString()) }

  package static func compress(_ raw: UnsafeRawBufferPointer) throws(ArtifactError) -> [UInt8] {
    var frame = [UInt8](repeating: 0, count: ZSTD_compressBound(raw.count))
    let length = unsafe frame.withUnsafeMutableBytes {
      unsafe ZSTD_compress($0.baseAddress, $0.count, raw.baseAddress, raw.count, level)
    }
    guard ZSTD_isError(length) == 0 else {
      throw unsafe .compressionFailed(zstd: String(cString: ZSTD_getErrorName(length)))
    }
    frame.removeLast(frame.count - length)
    return frame
  }

  /// Decodes one frame into exactly `target`; a frame that declares or yields another size is refused before it is
  /// decoded.
  package static func decompress(
    _ frame: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, section: String
  ) throws(ArtifactError) {
    guard unsafe ZSTD_getFrameContentSize(frame.baseAddress, frame.count) == UInt64(target.count),
      unsafe ZSTD_findFrameCompressedSize(frame.baseAddress, frame.count) == frame.count
    else { throw .malformed(part: "section \"\(section)\"", reason: .frameSize) }
    // In one pass, so the target itself is the window and no frame can ask for a larger one.
    let length = unsafe ZSTD_decompress(target.baseAddress, target.count, frame.baseAddress, frame.count)
    guard ZSTD_isError(length) == 0, length == target.count else {
      throw .damaged(part: "section \"\(section)\"")
    }
  }
}
