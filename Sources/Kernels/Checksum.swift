import CKernels

/// CRC-32C (Castagnoli), the checksum of iSCSI and ext4, in hardware where there is any.
package struct Checksum: Sendable {
  package private(set) var value: UInt32 = 0

  package init() {}

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    if let start = bytes.baseAddress { value = ck_crc32c(value, start, bytes.count) }
  }

  package static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var checksum = Checksum()
    checksum.update(bytes)
    return checksum.value
  }
}
