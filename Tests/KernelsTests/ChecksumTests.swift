import CKernels
import Kernels
import Testing

@Suite struct ChecksumTests {
  private func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { Checksum.of($0) } }

  @Test("CRC-32C has the known values: the catalogue's check value and those of RFC 3720, B.4")
  func known() {
    #expect(checksum(Array("123456789".utf8)) == 0xe306_9283)
    #expect(checksum([]) == 0)
    #expect(checksum(Array(repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(checksum(Array(repeating: 0xff, count: 32)) == 0x62a8_ab43)
    #expect(checksum(Array(0..<32)) == 0x46dd_794e)
    #expect(checksum((0..<32).reversed()) == 0x113f_db5c)
  }

  @Test("hardware, table and bit-by-bit definition agree for every length and alignment")
  func variantsAgree() {
    var numbers = Numbers(9)
    let bytes = (0..<200).map { _ in UInt8(truncatingIfNeeded: numbers.next()) }
    for from in 0..<9 {
      for to in from...200 {
        let part = Array(bytes[from..<to])
        let table = part.withUnsafeBytes { ck_crc32c_portable(0, $0.baseAddress, $0.count) }
        let found = bytes.withUnsafeBytes { Checksum.of(UnsafeRawBufferPointer(rebasing: $0[from..<to])) }
        #expect(found == table && found == slow(part))
      }
    }
  }

  @Test("a checksum of pieces equals that of the whole")
  func pieces() {
    let bytes = Array("a checksum of many pieces is that of the whole".utf8)
    for cut in 0...bytes.count {
      var checksum = Checksum()
      bytes[..<cut].withUnsafeBytes { checksum.update($0) }
      bytes[cut...].withUnsafeBytes { checksum.update($0) }
      #expect(checksum.value == self.checksum(bytes))
    }
  }

  private func slow(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = 0xffff_ffff
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1 }
    }
    return ~crc
  }
}
