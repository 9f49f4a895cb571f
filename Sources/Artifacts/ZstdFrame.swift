import CZstd

/// Zstandard frames of bounded raw size; this and `ZstdCompressor` alone call libzstd for artifacts.
///
/// Unsafe inside, for libzstd, which takes buffers by pointer and length.
package enum ZstdFrame {
  /// Raw bytes of every frame but a section's last. Frames are decoded one by one, so this bounds memory.
  package static let rawSize = 1 << 20
  package static let level: Int32 = 3
  /// A ratio above that of any frame of `rawSize`: eight blocks of one repeated byte take 38 bytes.
  static let greatestRatio = 40_000

  package static var libraryVersion: String { unsafe String(cString: ZSTD_versionString()) }

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
