import CKernels

/// CRC-32C (Castagnoli), the checksum of iSCSI and ext4, in hardware where there is any.
package struct Checksum: Sendable {
  package private(set) var value: UInt32 = 0

  package init() {}

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    if let start = bytes.baseAddress { value = unsafe ck_crc32c(value, start, bytes.count) }
  }

  /// The value as formats store it whose data have checksums in them: rotated, plus a constant (TFRecord; LevelDB,
  /// util/crc32c.h).
  package var masked: UInt32 { (value >> 15 | value << 17) &+ 0xa282_ead8 }

  package static func masked(of bytes: [UInt8]) -> UInt32 {
    var checksum = Checksum()
    unsafe bytes.withUnsafeBytes { unsafe checksum.update($0) }
    return checksum.masked
  }

  package static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var checksum = Checksum()
    unsafe checksum.update(bytes)
    return checksum.value
  }
}
