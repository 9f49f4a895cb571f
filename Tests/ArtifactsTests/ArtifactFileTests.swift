import Foundation
import Testing

@testable import Artifacts

@Suite("An artifact")
struct ArtifactFileTests {
  @Test("gives back what was put in, of every element type, in both codecs, empty or of many frames")
  func roundTrip() throws {
    let scratch = try Scratch()
    for codec in [Codec.raw, .zstd] {
      let writer = try ArtifactWriter(path: scratch.file("\(codec).tandem"), type: Scratch.type)
      let long = (0..<900_000).map { UInt32(truncatingIfNeeded: $0 &* 2_654_435_761) }
      try writer.add("u8", [UInt8](0...255), shape: [16, 16], codec: codec)
      try writer.add("u32", long, codec: codec)
      try writer.add("u64", [UInt64.min, .max], codec: codec)
      try writer.add("i32", [Int32.min, -1, .max], codec: codec)
      try writer.add("i64", [Int64.min, .max], codec: codec)
      try writer.add("f32", [Float.leastNonzeroMagnitude, -0.0, .greatestFiniteMagnitude], codec: codec)
      try writer.add("f64", [Double.pi], codec: codec)
      try writer.add("nothing", [Float](), shape: [0, 32], codec: codec)
      let digest = try writer.publish(lineage: Lineage(stage: "s", stageVersion: 1))
      let file = try ArtifactFile(path: scratch.file("\(codec).tandem"), type: Scratch.type)
      try file.verify()
      #expect(file.digest == digest)
      #expect(try file.read("u8", shape: [16, -1]) == [UInt8](0...255))
      #expect(try file.read("u32") == long)
      #expect(try file.read("u64") == [UInt64.min, .max])
      #expect(try file.read("i32") == [Int32.min, -1, .max])
      #expect(try file.read("i64") == [Int64.min, .max])
      #expect(try file.read("f32", as: Float.self).map(\.bitPattern) == [1, 0x8000_0000, 0x7f7f_ffff])
      #expect(try file.read("f64") == [Double.pi])
      #expect(try file.read("nothing", as: Float.self).isEmpty)
      #expect(file.header.sections.allSatisfy { $0.offset % 64 == 0 })
      if codec == .raw { #expect(Array(try file.mapped("u32", as: UInt32.self)) == long) }
    }
  }

  @Test("is named by its contents: not by its codec, its lineage or its summary")
  func digest() throws {
    let scratch = try Scratch()
    let digest = try scratch.artifact("a")
    #expect(try scratch.artifact("b") == digest)
    #expect(try scratch.bytes("a") == scratch.bytes("b"))
    #expect(try scratch.artifact("c", codec: .raw) == digest)
    #expect(try scratch.artifact("d", lineage: Lineage(stage: "other", stageVersion: 1, params: ["x": 1])) == digest)
    #expect(try scratch.artifact("e", summary: Summary()) == digest)
    #expect(try scratch.artifact("f", floats: [1, 2.5, -3.0000002]) != digest)
    #expect(try scratch.artifact("g", codes: [7, 8, 9, 11]) != digest)
    let frozen = "\(digest)"
    #expect(
      frozen == "4314bac2c43824a395ed91a98415c7188778bdc88e308893c454320e09feb757",
      "the format has changed: raise its version")
  }

  @Test("that lost or gained a byte, or had any bit turned over, is refused when it is opened or verified")
  func everyFlip() throws {
    let scratch = try Scratch()
    try scratch.artifact("a")
    let bytes = try scratch.bytes("a")
    func isRefused(_ bytes: [UInt8]) throws -> Bool {
      let path = try scratch.write(bytes, to: "broken")
      do {
        try ArtifactFile(path: path).verify()
        return false
      } catch is FileError { return true }
    }
    for place in bytes.indices {
      for bit in 0..<8 {
        var copy = bytes
        copy[place] ^= 1 << bit
        #expect(try isRefused(copy), "byte \(place), bit \(bit)")
      }
    }
    for length in 0..<bytes.count { #expect(try isRefused(Array(bytes[..<length])), "cut at \(length)") }
    #expect(try isRefused(bytes + [0]))
    #expect(try !isRefused(bytes))
  }

  @Test("with a turned bit in a section is refused by the read of that section, by name")
  func plainRead() throws {
    let scratch = try Scratch()
    try scratch.artifact("a")
    let bytes = try scratch.bytes("a")
    let file = try ArtifactFile(path: scratch.file("a"))
    for name in ["floats", "codes"] {
      let section = try #require(file.section(name))
      var copy = bytes
      copy[section.offset + section.storedSize / 2] ^= 4
      let broken = try ArtifactFile(path: scratch.write(copy, to: "broken"))
      let error = #expect(throws: FileError.self) {
        if name == "floats" {
          _ = try broken.read(name, as: Float.self)
        } else {
          _ = try broken.read(name, as: UInt32.self)
        }
      }
      #expect(error?.cause as? ArtifactError == .damaged(part: "section \"\(name)\""))
      #expect(
        "\(try #require(error))".hasPrefix(
          "\(scratch.file("broken")): section \"\(name)\": the checksum does not match"))
    }
  }

  @Test("of a newer container or type, of another type, or that is none, is told with both numbers")
  func versions() throws {
    let scratch = try Scratch()
    try scratch.artifact("a")
    let path = scratch.file("a")
    func cause(_ path: String, _ type: ArtifactType?) -> ArtifactError? {
      do { _ = try ArtifactFile(path: path, type: type) } catch {
        return (error as? FileError)?.cause as? ArtifactError
      }
      return nil
    }
    #expect(cause(path, ArtifactType("test", version: 2)) == nil)
    #expect(cause(path, ArtifactType("test", version: 3)) == nil)
    #expect(cause(path, ArtifactType("test", version: 1)) == .newerType(type: "test", found: 2, newest: 1))
    #expect(cause(path, ArtifactType("other", version: 2)) == .wrongType(found: "test", wanted: "other"))
    var newer = try scratch.bytes("a")
    newer[8] = 2
    #expect(cause(try scratch.write(newer, to: "newer"), nil) == .newerContainer(found: 2, newest: 1))
    #expect(cause(try scratch.write(Array("PK\u{3}\u{4} a zip file".utf8), to: "zip"), nil) == .notAnArtifact)
    #expect(cause(try scratch.write([], to: "empty"), nil) != nil)
    #expect(cause(scratch.path, nil) == .notARegularFile)
    mkfifo(scratch.file("fifo"), 0o644)
    #expect(cause(scratch.file("fifo"), nil) == .notARegularFile)
    #expect(cause(scratch.file("nowhere"), nil) == .system(operation: "open", code: ENOENT))
    let file = try ArtifactFile(path: path)
    #expect(throws: FileError.self) { try file.read("other", as: Float.self) }
    #expect(throws: FileError.self) { try file.read("floats", as: Double.self) }
    #expect(throws: FileError.self) { try file.read("floats", as: Float.self, shape: [4]) }
    #expect(throws: FileError.self) { try file.mapped("codes", as: UInt32.self) }
  }

  @Test("whose header lies is refused with its checksums right, and nothing large is allocated")
  func hostileHeaders() throws {
    let scratch = try Scratch()
    try scratch.artifact("a")
    let bytes = try scratch.bytes("a")
    func edit(_ place: Int, _ field: String, _ value: JSON) -> (inout [String: JSON]) -> Void {
      { header in
        var sections = header["sections"]?.array ?? []
        var section = sections[place].object ?? [:]
        section[field] = value
        sections[place] = .object(section)
        header["sections"] = .array(sections)
      }
    }
    let changes: [(String, (inout [String: JSON]) -> Void)] = [
      ("a shape beyond all files", edit(0, "shape", [4_611_686_018_427_387_904, 4_611_686_018_427_387_904])),
      ("a shape that wraps to its size", edit(0, "shape", [4_611_686_018_427_387_907])),
      ("another shape", edit(0, "shape", [4])), ("a negative extent", edit(0, "shape", [-3])),
      ("nine dimensions", edit(0, "shape", [3, 1, 1, 1, 1, 1, 1, 1, 1])), ("no shape", edit(0, "shape", .null)),
      ("a huge raw size", edit(1, "raw", .integer(1 << 60))), ("a negative size", edit(0, "stored", -1)),
      ("a huge stored size", edit(0, "stored", .integer(.max))),
      ("an offset beyond", edit(0, "offset", .integer(1 << 40))),
      ("an offset before", edit(0, "offset", 0)), ("an overlap", edit(1, "offset", 128)),
      ("a hole", edit(1, "offset", 256)), ("an unaligned offset", edit(1, "offset", 193)),
      ("an unknown type", edit(0, "type", "f16")), ("an unknown codec", edit(0, "codec", "lz4")),
      ("a codec that is another", edit(0, "codec", "zstd")), ("frames that do not add up", edit(1, "frames", [1])),
      ("too many frames", edit(1, "frames", [1, 1, 1, 1, 1, 1, 1, 1])),
      ("frames of a raw section", edit(0, "frames", [12])),
      ("a checksum that is none", edit(0, "crc32c", -1)), ("a digest that is none", edit(0, "sha256", "00")),
      ("a name twice", edit(1, "name", "floats")), ("no name", edit(0, "name", "")),
      ("a long name", edit(0, "name", JSON(String(repeating: "x", count: 256)))),
      ("another type", { $0["type"] = "other" }), ("another type version", { $0["version"] = 7 }),
      ("no sections", { $0["sections"] = nil }), ("no lineage", { $0["lineage"] = nil }),
      ("fewer sections", { $0["sections"] = .array(Array(($0["sections"]?.array ?? []).prefix(1))) }),
      (
        "70,000 sections",
        { $0["sections"] = .array([JSON](repeating: ($0["sections"]?.array ?? [])[0], count: 70_000)) }
      ),
    ]
    for (what, change) in changes {
      let path = try scratch.write(try rewriting(bytes, change), to: "hostile")
      #expect(throws: FileError.self, "\(what)") { try ArtifactFile(path: path).verify() }
    }
    let offset = bytes.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: 48, as: UInt64.self)) }
    let texts = [
      String(repeating: "[", count: 100_000), "{\"type\":\"test\",\"type\":\"test\"}", "", "[]", "{}", "nul",
      String(decoding: bytes[offset...], as: UTF8.self) + " ",
    ]
    for text in texts {
      let path = try scratch.write(withHeader(Array(text.utf8), of: bytes, at: offset), to: "hostile")
      if text.hasSuffix(" ") { continue }
      #expect(throws: FileError.self, "\(text.prefix(20))") { try ArtifactFile(path: path) }
    }
    #expect(try ArtifactFile(path: scratch.write(try rewriting(bytes) { _ in }, to: "same")).header.sections.count == 2)
  }

  @Test("that would grow out of a few bytes is refused before it does")
  func bomb() throws {
    let scratch = try Scratch()
    // A gigabyte of zeros packs into some tens of kilobytes; here the header promises it of one frame.
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    let frame = try zeros.withUnsafeBytes { try ZstdFrame.compress($0) }
    try scratch.artifact("a")
    let bytes = try scratch.bytes("a")
    let count = 1024
    let section: JSON = [
      "name": "bomb", "type": "u8", "shape": [.integer(Int64(count << 20))], "codec": "zstd", "offset": 128,
      "stored": JSON(frame.count), "raw": JSON(count << 20), "crc32c": 0, "sha256": JSON(Digest.of("").hexadecimal),
      "frames": .array((0..<count).map { JSON($0 == 0 ? frame.count : 0) }),
    ]
    let padded = frame + [UInt8](repeating: 0, count: (64 - frame.count % 64) % 64)
    let start = bytes.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: 48, as: UInt64.self)) }
    var header = try JSON.parse(bytes[start...]).object ?? [:]
    header["sections"] = [section]
    let whole = Array(bytes[..<128]) + padded + Array(JSON.object(header).text.utf8)
    let hostile = withHeader(Array(JSON.object(header).text.utf8), of: whole, at: 128 + padded.count)
    let path = try scratch.write(try rewriting(hostile) { _ in }, to: "bomb")
    #expect(throws: FileError.self) { try ArtifactFile(path: path).verify() }
  }
}

@Suite("The writer of an artifact")
struct ArtifactWriterTests {
  @Test("shows nothing until all is there, and leaves nothing when it is given up")
  func abandoned() throws {
    let scratch = try Scratch()
    do {
      let writer = try ArtifactWriter(path: scratch.file("a"), type: Scratch.type)
      try writer.add("x", [Float](repeating: 1, count: 1000))
      #expect(scratch.names.allSatisfy { $0.hasPrefix(".") })
    }
    #expect(scratch.names.isEmpty)
  }

  @Test("never replaces what is published")
  func exclusive() throws {
    let scratch = try Scratch()
    try scratch.artifact("a")
    let bytes = try scratch.bytes("a")
    #expect(throws: FileError.self) { try scratch.artifact("a", floats: [9]) }
    #expect(try scratch.bytes("a") == bytes)
    #expect(scratch.names == ["a"])
    let mode = try FileManager.default.attributesOfItem(atPath: scratch.file("a"))[.posixPermissions] as? Int
    #expect(mode == 0o444)
  }

  @Test("refuses numbers that are not finite, and folders that are not there")
  func refusals() throws {
    let scratch = try Scratch()
    for value in [Float.nan, .infinity] {
      let writer = try ArtifactWriter(path: scratch.file("a"), type: Scratch.type)
      #expect(throws: FileError.self) { try writer.add("x", [1, value]) }
    }
    #expect(throws: FileError.self) { try ArtifactWriter(path: scratch.file("no/a"), type: Scratch.type) }
  }
}
