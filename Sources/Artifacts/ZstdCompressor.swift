import CZstd

/// Makes Zstandard frames one after another with one context, whose tables are not made anew for each.
///
/// Unsafe inside, for libzstd, which takes buffers by pointer and length.
@safe
final class ZstdCompressor {
  private let context: OpaquePointer?
  private var frame: [UInt8] = []

  init() { unsafe context = ZSTD_createCCtx() }

  deinit { unsafe ZSTD_freeCCtx(context) }

  /// The frame of `raw`.
  func frame(_ raw: UnsafeRawBufferPointer) throws -> [UInt8] {
    var frame: [UInt8] = []
    _ = try unsafe compress(raw) { unsafe frame += $0 }
    return frame
  }

  /// Gives the frame of `raw` to `body`.
  ///
  /// - Returns: the bytes of the frame.
  func compress(
    _ raw: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Int {
    guard let context = unsafe context else { throw ArtifactError.compressionFailed(zstd: "out of memory") }
    let bound = ZSTD_compressBound(raw.count)
    if frame.count < bound { frame = [UInt8](repeating: 0, count: bound) }
    return try unsafe frame.withUnsafeMutableBytes { frame in
      let length = unsafe ZSTD_compressCCtx(
        context, frame.baseAddress, frame.count, raw.baseAddress, raw.count, ZstdFrame.level)
      guard ZSTD_isError(length) == 0 else {
        throw unsafe ArtifactError.compressionFailed(zstd: String(cString: ZSTD_getErrorName(length)))
      }
      try unsafe body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(frame)[..<length]))
      return length
    }
  }
}
