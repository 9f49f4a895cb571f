import CanonicalJSON
import Kernels
import RandomNumbers
import Testing

@testable import Artifacts

/// A file of an index taken apart, to be put together again with faults in it: checksums and digests are made to fit,
/// so that the reader of the index has to cope and not its container.
struct ForgedIndex {
  /// Everything between the preamble and the header.
  private(set) var body: [UInt8]
  var header: Header

  init(_ bytes: [UInt8]) throws {
    let preamble = try bytes.withUnsafeBytes { try Preamble($0) }
    body = Array(bytes[Preamble.size..<Int(preamble.headerOffset)])
    header = try bytes[Int(preamble.headerOffset)...].withUnsafeBytes { try Header($0) }
  }

  /// Changes some bytes of sections' contents.
  mutating func mutate(_ random: inout RandomGenerator) {
    var touched: Set<Int> = []
    for _ in 0...random.below(6) {
      let number = Int(random.below(UInt64(header.sections.count)))
      let section = header.sections[number]
      guard section.storedSize > 0 else { continue }
      let start = section.offset - Preamble.size
      let place = Int(random.below(UInt64(section.storedSize)))
      // Whole words of ones, of signs and of infinity say more than single bytes do.
      let words: [UInt32] = [0, .max, 0x8000_0000, 0x7f80_0000, 0xff80_0000, 0x7f7f_ffff, 1]
      if random.below(2) == 0 {
        body[start + place] = UInt8(truncatingIfNeeded: random.next())
      } else {
        let word = words[Int(random.below(UInt64(words.count)))]
        withUnsafeBytes(of: word) { bytes in
          let first = place / 4 * 4
          for byte in 0..<4 where first + byte < section.storedSize { body[start + first + byte] = bytes[byte] }
        }
      }
      touched.insert(number)
    }
    for number in touched {
      let section = header.sections[number]
      let start = section.offset - Preamble.size
      body[start..<start + section.storedSize].withUnsafeBytes {
        header.sections[number].checksum = Checksum.of($0)
        if section.codec == .raw { header.sections[number].digest = Digest.of($0) }
      }
    }
  }

  func bytes() -> [UInt8] {
    var header = header
    header.digest = Header.digest(
      type: header.type, typeVersion: header.typeVersion, schema: header.schema, sections: header.sections)
    let text = Array(header.json.text.utf8)
    let offset = UInt64(Preamble.size + body.count)
    let preamble = Preamble(
      typeVersion: UInt32(header.typeVersion), type: header.type, headerOffset: offset,
      headerLength: UInt64(text.count), fileLength: offset + UInt64(text.count), headerDigest: Digest.of(text))
    return preamble.bytes + body + text
  }
}
