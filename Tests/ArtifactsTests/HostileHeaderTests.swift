import CZstd
import CanonicalJSON
import Kernels
import SystemFiles
import TestKit
import Testing

@testable import Artifacts

@Suite struct HostileHeaderTests {
  private let scratch: Scratch
  private let sound: Forgery

  init() throws {
    scratch = try Scratch()
    let writer = try ArtifactWriter(path: scratch.file("sound"), type: .test)
    try writer.add("z", Array(repeating: 3, count: 100) as [UInt32])
    try writer.add("r", Array(repeating: 3, count: 100) as [Float], codec: .raw)
    try writer.publish(lineage: .none)
    sound = try Forgery(scratch.file("sound"))
  }

  /// What opening and verifying the forged file says.
  private func refusal(_ bytes: [UInt8]) throws -> String? {
    let path = try scratch.write(bytes, to: "forged")
    return artifactError { try ArtifactFile(path: path, type: .test).verify() }?.description
  }

  private func refusal(_ edit: (inout Forgery) -> Void) throws -> String? {
    var forged = sound
    edit(&forged)
    return try refusal(forged.bytes())
  }

  @Test("a forged file without a fault is accepted, so the other tests fail for their fault alone")
  func noFault() throws {
    #expect(try refusal { _ in } == nil)
    #expect(try sound.bytes() == Files.read(scratch.file("sound")))
  }

  @Test("impossible sizes, and shapes whose product overflows, are refused before anything is allocated")
  func sizes() throws {
    for size in [1 << 62, Int.max, 401, 1 << 40] {
      #expect(try refusal { $0.editSection { $0.set("raw", JSON(size)) } }?.contains("section \"z\"") == true)
      #expect(try refusal { $0.editSection { $0.set("stored", JSON(size)) } }?.contains("section \"z\"") == true)
      #expect(try refusal { $0.editSection { $0.set("offset", JSON(size)) } }?.contains("section \"z\"") == true)
    }
    // 2^62 fours of 4 bytes are 16 in 64 bits, as is 2^32 by 2^32 and 100 more.
    for shape: [Int] in [[1 << 62, 4], [1 << 32, 1 << 32, 100], [Int.max, Int.max], [0, Int.max, Int.max]] {
      let said = try refusal { $0.editSection { $0.set("shape", .array(shape.map { JSON($0) })) } }
      #expect(said?.hasPrefix("section \"z\": its shape") == true, "\(shape): \(said ?? "")")
    }
    #expect(
      try refusal { $0.editSection { $0.set("shape", [99]) } }
        == "section \"z\": its shape has 396 bytes, and 400 are declared")
    for shape: JSON in [[-100], [.number(100)], ["100"], 100, .null, [1, 1, 1, 1, 1, 1, 1, 1, 100]] {
      #expect(
        try refusal { $0.editSection { $0.set("shape", shape) } }
          == "section \"z\": its entry in the header is incomplete")
    }
  }

  @Test("a section that declares more than its bytes can hold is refused when the file is opened")
  func bomb() throws {
    let size = 1 << 40
    let frames = size >> 20
    let said = try refusal {
      $0.editSection {
        $0.set("type", "u8")
        $0.set("shape", [JSON(size)])
        $0.set("raw", JSON(size))
        let stored = $0["stored"]?.integer ?? 0
        $0.set("frames", .array([JSON(stored)] + Array(repeating: 0, count: frames - 1)))
      }
    }
    #expect(said?.contains("cannot hold the \(size) that it declares") == true, "\(said?.prefix(200) ?? "")")
  }

  @Test("a mebibyte of one repeated byte is within the greatest compression ratio")
  func ratio() throws {
    let zeros = [UInt8](repeating: 0, count: ZstdFrame.rawSize)
    var frame: [UInt8] = []
    _ = try zeros.withUnsafeBytes { try ZstdCompressor().compress($0) { frame = Array($0) } }
    #expect(zeros.count / frame.count < ZstdFrame.greatestRatio)
  }

  @Test("a frame larger or smaller than its part of the section is refused before it is decoded")
  func framesThatLie() throws {
    for count in [0, 4, 396, 404, 1 << 20, 64 << 20] {
      let contents = [UInt8](repeating: 0, count: count)
      var frame = [UInt8](repeating: 0, count: ZSTD_compressBound(count))
      frame.removeLast(frame.count - ZSTD_compress(&frame, frame.count, contents, count, 3))
      var forged = sound
      let padded = frame + [UInt8](repeating: 0, count: (64 - frame.count % 64) % 64)
      forged.body = padded + sound.body.suffix(from: 64)
      forged.editSection {
        $0.set("frames", [JSON(frame.count)])
        $0.set("stored", JSON(frame.count))
        $0.set("crc32c", JSON(Int(frame.withUnsafeBytes { crc($0) })))
      }
      forged.editSection(1) { $0.set("offset", JSON(128 + padded.count)) }
      let said = try refusal(forged.bytes())
      #expect(said == "section \"z\": a frame's size is not the declared one", "\(count): \(said ?? "")")
    }
  }

  @Test("bytes that are not a frame are refused even if their checksum matches")
  func noFrame() throws {
    var forged = sound
    let stored = try #require(sound.header["sections"]?.array?.first?["stored"]?.integer)
    for place in 0..<stored { forged.body[place] = UInt8(place * 37 & 255) }
    let sum = forged.body[..<stored].withUnsafeBytes { crc($0) }
    forged.editSection { $0.set("crc32c", JSON(Int(sum))) }
    #expect(try refusal(forged.bytes()) == "section \"z\": a frame's size is not the declared one")
  }

  private func crc(_ bytes: UnsafeRawBufferPointer) -> UInt32 { Checksum.of(bytes) }

  @Test("frames whose sizes do not add up to the section are refused")
  func frames() throws {
    for frames: JSON in [[], [1], [1, 1], [JSON(Int.max), JSON(Int.max), 4], [-1], .null] {
      let said = try refusal { $0.editSection { $0.set("frames", frames) } }
      #expect(said?.hasPrefix("section \"z\": its") == true, "\(frames.text): \(said ?? "")")
    }
    #expect(
      try refusal { $0.editSection(1) { $0.set("frames", [400]) } } == "section \"r\": a raw section has no frames")
  }

  @Test("sections that overlap, are unsorted, leave holes or are unaligned are refused")
  func tiling() throws {
    #expect(try refusal { $0.editSection(1) { $0.set("offset", 128) } }?.contains("does not begin where") == true)
    #expect(try refusal { $0.editSection(1) { $0.set("offset", 0) } }?.contains("does not begin where") == true)
    #expect(try refusal { $0.editSection(1) { $0.set("offset", 196) } }?.contains("not aligned") == true)
    #expect(try refusal { $0.editSection(1) { $0.set("offset", -64) } }?.contains("incomplete") == true)
    #expect(
      try refusal {
        let sections = $0.header["sections"]?.array ?? []
        $0.header.set("sections", .array(sections.reversed()))
      } != nil)
    #expect(try refusal { $0.header.set("sections", .array([$0.header["sections"]?.array?.first ?? .null])) } != nil)
    #expect(try refusal { $0.body += [UInt8](repeating: 0, count: 64) } != nil, "a hole before the header")
    #expect(
      try refusal { $0.body[60] = 1 } == ArtifactError.damaged(part: "the padding before section \"r\"").description)
  }

  @Test("names that repeat, are empty, too long or have control characters are refused")
  func names() throws {
    #expect(try refusal { $0.editSection { $0.set("name", "r") } } == "section \"r\": it is listed twice")
    for name: JSON in ["", JSON(String(repeating: "x", count: 256)), "a\u{1b}[2J", "a\nb", 5, .null] {
      #expect(
        try refusal { $0.editSection { $0.set("name", name) } }
          == "the header: a section has no name of 1 to 255 bytes that can be shown")
    }
    #expect(try refusal { $0.editSection { $0.set("name", JSON(String(repeating: "x", count: 255))) } } == nil)
  }

  @Test("a header or section that lacks a field, or has one of another type, is refused")
  func fields() throws {
    for field in ["type", "codec", "offset", "stored", "raw", "frames", "crc32c", "sha256", "shape", "name"] {
      #expect(try refusal { $0.editSection { $0.set(field, nil) } } != nil, "\(field) missing")
      #expect(try refusal { $0.editSection { $0.set(field, [[]]) } } != nil, "\(field) of another type")
    }
    for field in ["type", "version", "schema", "sections", "lineage"] {
      #expect(try refusal { $0.header.set(field, nil) } != nil, "\(field) missing")
    }
    for field in ["type", "version", "sections", "lineage"] {
      #expect(try refusal { $0.header.set(field, [[]]) } != nil, "\(field) of another type")
    }
    #expect(try refusal { $0.editSection { $0.set("type", "f16") } } == "section \"z\": its type or codec is unknown")
    #expect(try refusal { $0.editSection { $0.set("crc32c", JSON(1 << 32)) } } != nil)
    #expect(try refusal { $0.editSection { $0.set("sha256", "00") } } != nil)
    #expect(try refusal { $0.header.set("sections", [1, .null]) } != nil)
  }

  @Test("a lineage that lacks a part, or has an invalid digest, is refused")
  func lineage() throws {
    for field in ["stage", "stage_version", "params", "inputs"] {
      #expect(
        try refusal {
          var lineage = $0.header["lineage"] ?? .null
          lineage.set(field, nil)
          $0.header.set("lineage", lineage)
        } == "the header: its lineage is incomplete")
    }
    #expect(
      try refusal {
        var lineage = $0.header["lineage"] ?? .null
        lineage.set("inputs", ["train": "../../etc/passwd"])
        $0.header.set("lineage", lineage)
      } == "the header: its lineage has a value that is not a digest")
  }

  @Test("a digest that does not match the contents is refused")
  func digest() throws {
    #expect(
      try refusal {
        $0.fitsDigest = false
        $0.header.set("digest", JSON(Digest.of("other").hexadecimal))
      } == "the header: its digest is not that of its contents")
    #expect(
      try refusal { $0.editSection { $0.set("sha256", JSON(Digest.of("other").hexadecimal)) } }
        == ArtifactError.damaged(part: "section \"z\"").description)
  }

  @Test("headers that would exhaust stack, memory or time are refused")
  func bombs() throws {
    let deep = String(repeating: "[", count: 100_000)
    #expect(try refusal(sound.bytes(headerText: deep))?.contains("nested too deeply") == true)
    let many =
      "{\"type\":\"test\",\"version\":2,\"digest\":\"\(Digest.of("").hexadecimal)\",\"schema\":{},\"sections\":["
      + Array(repeating: "{}", count: 70_000).joined(separator: ",") + "]}"
    #expect(
      try refusal(sound.bytes(headerText: many)) == "the number of sections is 70000, and 65536 is the most allowed")
    let long = String(repeating: " ", count: 16 << 20) + "{}"
    #expect(try refusal(sound.bytes(headerText: long)) == "the header is 16777218, and 16777216 is the most allowed")
    for text in ["", "null", "[]", "{}", "{\"type\":\"test\"", "{} {}", "{\"type\":1,\"type\":1}"] {
      #expect(try refusal(sound.bytes(headerText: text))?.hasPrefix("the header: ") == true)
    }
  }

  @Test("a header whose type differs from the preamble's is refused")
  func twoTypes() throws {
    #expect(try refusal { $0.header.set("type", "other") } == "the header: its type is not the preamble's")
    #expect(try refusal { $0.header.set("version", 1) } == "the header: its type is not the preamble's")
  }

  @Test("other types and newer versions are refused before the header is read, with both names or numbers")
  func versions() throws {
    var forged = sound
    forged.type = ArtifactType("model", version: 1)
    #expect(try refusal(forged.bytes(headerText: "?")) == "holds \"model\"; expected \"test\"")
    forged.type = ArtifactType("test", version: 3)
    #expect(
      try refusal(forged.bytes(headerText: "?"))
        == "test version 3, and this build reads up to 2; update Tandem, or run the stage again")
    forged.type = ArtifactType("test", version: 1)
    forged.header.set("version", 1)
    #expect(try refusal(forged.bytes()) == nil, "older versions are read")
    forged.type = ArtifactType("test", version: 0)
    #expect(try refusal(forged.bytes()) == "the preamble: versions begin at 1, and it has a 0")
  }

  @Test("newer container versions are refused with both numbers, wherever their checksum is")
  func containers() throws {
    var bytes = sound.bytes()
    bytes[8] = 7
    let wanted = "written in container version 7, and this build reads up to 1; update Tandem"
    #expect(try refusal(bytes) == wanted)
    #expect(try refusal(Self.fit(bytes)) == wanted)
    bytes[8] = 0
    #expect(try refusal(Self.fit(bytes)) == "the preamble: versions begin at 1, and it has a 0")
  }

  @Test("a preamble that points outside the file, or has an invalid type name, is refused")
  func preambles() throws {
    let bytes = sound.bytes()
    for field in [48, 56, 64] {
      for value in [UInt64.max, 1 << 63, 0, 1 << 24, UInt64(bytes.count), UInt64(bytes.count) + 1] {
        var forged = bytes
        withUnsafeBytes(of: value.littleEndian) { forged.replaceSubrange(field..<field + 8, with: $0) }
        if forged != bytes { #expect(try refusal(Self.fit(forged)) != nil, "field \(field): \(value)") }
      }
    }
    for (place, value) in [(16, UInt8(0)), (17, 0x1b), (17, 0xff), (40, 1), (110, 1)] {
      var forged = bytes
      forged[place] = value
      #expect(try refusal(Self.fit(forged))?.hasPrefix("the preamble: ") == true, "byte \(place)")
    }
  }

  /// Makes the preamble's checksum fit.
  private static func fit(_ bytes: [UInt8]) -> [UInt8] {
    let sum = bytes[..<124].withUnsafeBytes { Checksum.of($0) }
    var fitted = bytes
    withUnsafeBytes(of: sum.littleEndian) { fitted.replaceSubrange(124..<128, with: $0) }
    return fitted
  }

  @Test("reading a missing section, or one of another type or shape, is refused by name")
  func wrongUse() throws {
    let file = try ArtifactFile(path: scratch.file("sound"))
    func said(_ body: () throws -> Void) -> String? { artifactError(body)?.description }
    #expect(said { _ = try file.read("x", as: Float.self) } == "section \"x\" is missing")
    #expect(said { _ = try file.read("z", as: Float.self) } == "section \"z\": it holds u32; expected f32")
    #expect(
      said { _ = try file.mapped("z", as: UInt32.self) } == "section \"z\": it is compressed and cannot be mapped")
    #expect(
      said { _ = try file.read("z", as: UInt32.self, shape: [-1, 2]) }
        == "section \"z\": its shape is [100]; expected [-1, 2]")
  }

  @Test("sections with non-finite numbers fail verification, which names section and index")
  func notFinite() throws {
    for (value, place) in [(Float.nan, 0), (.infinity, 50), (-.infinity, 99)] {
      var forged = sound
      let start = (sound.header["sections"]?.array?[1]["offset"]?.integer ?? 0) - 128
      withUnsafeBytes(of: value) {
        forged.body.replaceSubrange((start + 4 * place)..<(start + 4 * place + 4), with: $0)
      }
      let stored = Array(forged.body[start..<start + 400])
      forged.editSection(1) {
        $0.set("crc32c", JSON(Int(stored.withUnsafeBytes { crc($0) })))
        $0.set("sha256", JSON(Digest.of(stored).hexadecimal))
      }
      #expect(try refusal(forged.bytes()) == "section \"r\": value \(place) is not a finite number")
    }
  }
}
