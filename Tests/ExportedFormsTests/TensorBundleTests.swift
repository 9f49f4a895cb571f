import Artifacts
import BasicAlgorithms
import Kernels
import SystemFiles
import TestKit
import Testing

@testable import ExportedForms

@Suite("A tensor bundle")
struct TensorBundleTests {
  private let names = ["", "Ünïcode 映画", "line\nbreak", String(repeating: "long ", count: 100)]
  private let numbers: [Float] = [1, -2.5, 3, 0, .greatestFiniteMagnitude, -0.0]

  private func write(_ prefix: String, shardSize: Int = 1 << 30) throws {
    let writer = TensorBundleWriter(prefix: prefix, shardSize: shardSize)
    let texts = names.map { Array($0.utf8) }
    try writer.add("names", strings: [4], count: 4) { place in
      // Held by `texts` for as long as it is read.
      texts[place].withUnsafeBufferPointer { $0 }
    }
    try writer.add("vectors", floats: [3, 2]) { put in try numbers.withUnsafeBytes { try put($0) } }
    try writer.close()
    withExtendedLifetime(texts) {}
  }

  private func names(_ reader: TensorBundleReader) throws -> [String] {
    var found: [String] = []
    try reader.forEachString("names") { place, text in
      #expect(place == found.count)
      found.append(text.text)
    }
    return found
  }

  @Test("reads back what was written, from one file or several", arguments: [(1 << 30, 1), (1, 2)])
  func roundTrip(shardSize: Int, files: Int) throws {
    let scratch = try Scratch()
    try write(scratch.file("variables"), shardSize: shardSize)
    let reader = try TensorBundleReader(prefix: scratch.file("variables"))
    #expect(try names(reader) == names)
    #expect(try Array(reader.floats("vectors")).map(\.bitPattern) == numbers.map(\.bitPattern))
    for shard in 0..<files {
      #expect(Files.exists(TensorBundleWriter.path(scratch.file("variables"), shard: shard, of: files)))
    }
    #expect(TensorBundleWriter.path("v", shard: 3, of: 12) == "v.data-00003-of-00012")
  }

  @Test("detects every flipped bit of its files")
  func damage() throws {
    let scratch = try Scratch()
    try write(scratch.file("variables"))
    for name in ["variables.index", "variables.data-00000-of-00001"] {
      let sound = try Files.read(scratch.file(name))
      for place in stride(from: 0, to: sound.count, by: 7) {
        var bytes = sound
        bytes[place] ^= 1 << UInt8(place % 8)
        Files.remove(scratch.file(name))
        try Files.publish(bytes, to: scratch.file(name), replacing: true)
        let found = try? {
          let reader = try TensorBundleReader(prefix: scratch.file("variables"))
          return (try names(reader), try Array(reader.floats("vectors")).map(\.bitPattern))
        }()
        // The footer's padding means nothing.
        if let found { #expect(found.0 == names && found.1 == numbers.map(\.bitPattern), "byte \(place) of \(name)") }
        if name.hasSuffix("00001") { #expect(found == nil, "byte \(place)") }
      }
      Files.remove(scratch.file(name))
      try Files.publish(sound, to: scratch.file(name), replacing: true)
    }
  }

  @Test("has keys with shared prefixes over several restart intervals")
  func table() throws {
    let entries = (0..<100).map {
      (key: Array("key/\(1000 + $0)/value".utf8), value: [UInt8](repeating: UInt8($0), count: $0))
    }
    let read = try SortedTable.entries(SortedTable.bytes(entries))
    #expect(read.map(\.key) == entries.map(\.key) && read.map(\.value) == entries.map(\.value))
    #expect(throws: ExportedFormError.damagedTable(.noFooter)) { try SortedTable.entries([]) }
  }

  @Test("has the checksums of RFC 3720, masked as LevelDB does")
  func checksums() {
    // crc32c("123456789") = e3069283.
    let plain: UInt32 = 0xe306_9283
    #expect(Checksum.masked(of: Array("123456789".utf8)) == (plain >> 15 | plain << 17) &+ 0xa282_ead8)
    #expect(Checksum().masked == 0xa282_ead8)
    #expect(varint(300) == [0xac, 0x02] && varint(0) == [0] && varint(Int(UInt32.max)).count == 5)
  }
}
