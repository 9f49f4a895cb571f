import Artifacts
import CanonicalJSON
import Glibc
import SystemFiles
import TestKit
import Testing

@Suite struct DamageTests {
  /// An artifact with both codecs, padding between sections, and an empty section, in under 2 KiB.
  private func small(_ scratch: Scratch) throws -> [UInt8] {
    let writer = try ArtifactWriter(path: scratch.file("sound"), type: .test, schema: ["k": 1])
    try writer.add("codes", [1, 1, 1, 1, 2, 2, 2, 2, 3] as [UInt32])
    try writer.add("values", [0.5, -1] as [Float], codec: .raw)
    try writer.add("nothing", [] as [UInt8])
    try writer.publish(lineage: .none)
    return try Files.read(scratch.file("sound"))
  }

  private func readAll(_ path: String) throws {
    let file = try ArtifactFile(path: path, type: .test)
    _ = try file.read("codes", as: UInt32.self)
    _ = try file.read("values", as: Float.self)
    _ = try file.read("nothing", as: UInt8.self)
  }

  // Some 16,000 files are opened, which takes seconds in a debug build; leaving some out would prove nothing of them.
  @Test("verify, and reading the section that holds it, detects every flipped bit")
  func flips() throws {
    let scratch = try Scratch()
    let sound = try small(scratch)
    let path = try scratch.write(sound, to: "flipped")
    let file = try FileDescriptor.open(path, O_WRONLY)
    for place in sound.indices {
      for bit in 0..<8 {
        try [sound[place] ^ 1 << UInt8(bit)].withUnsafeBytes { try file.write($0, at: UInt64(place)) }
        #expect(artifactError { try ArtifactFile(path: path).verify() } != nil, "byte \(place), bit \(bit)")
        #expect(artifactError { try readAll(path) } != nil, "byte \(place), bit \(bit)")
      }
      try [sound[place]].withUnsafeBytes { try file.write($0, at: UInt64(place)) }
    }
    try ArtifactFile(path: path, type: .test).verify()
    try readAll(path)
  }

  @Test("opening detects every truncation and says how many bytes are missing")
  func cuts() throws {
    let scratch = try Scratch()
    let sound = try small(scratch)
    for length in 0..<sound.count {
      let path = try scratch.write(Array(sound[..<length]), to: "cut")
      let error = artifactError { _ = try ArtifactFile(path: path) }
      switch length {
      case 0: #expect(error == .malformed(part: "the file", reason: .empty))
      case ..<128: #expect(error == .truncated(part: "the preamble", needed: 128, present: UInt64(length)))
      default:
        #expect(error == .truncated(part: "the file", needed: UInt64(sound.count), present: UInt64(length)))
      }
    }
  }

  @Test("opening refuses trailing bytes")
  func appended() throws {
    let scratch = try Scratch()
    let sound = try small(scratch)
    for tail: [UInt8] in [[0], [255], sound] {
      let path = try scratch.write(sound + tail, to: "longer")
      #expect(
        artifactError { _ = try ArtifactFile(path: path) }
          == .malformed(part: "the file", reason: .bytesAfterEnd))
    }
  }

  @Test("an error about damage is one line that names the file and the section")
  func namedBySection() throws {
    let scratch = try Scratch()
    var bytes = try small(scratch)
    let section = try #require(try ArtifactFile(path: scratch.file("sound")).section("values"))
    bytes[section.offset + 2] ^= 1
    let path = try scratch.write(bytes, to: "damaged")
    let file = try ArtifactFile(path: path)
    let error = #expect(throws: FileError.self) { try file.read("values", as: Float.self) }
    #expect(
      error?.description == "\(path): section \"values\": the checksum does not match; "
        + "the file was damaged after it was written, make it again")
    #expect(try file.read("codes", as: UInt32.self).count == 9, "other sections can still be read")
  }

  @Test(
    "a path that is not an artifact is refused as such: other contents, folder, FIFO, device, dangling link, nothing")
  func notArtifacts() throws {
    let scratch = try Scratch()
    try scratch.write(Array("user_id,movie\n1,2\n".utf8), to: "text.csv")
    try scratch.write(Array("\u{89}TN".utf8), to: "almost")
    try Files.makeFolders(scratch.file("folder"))
    mkfifo(scratch.file("fifo"), 0o600)
    symlink("nowhere", scratch.file("dangling"))
    for name in ["text.csv", "almost"] {
      #expect(artifactError { _ = try ArtifactFile(path: scratch.file(name)) } == .notAnArtifact)
    }
    func error(_ path: String) -> SystemError? { systemError { _ = try ArtifactFile(path: path) } }
    #expect(error(scratch.file("folder")) == .notARegularFile)
    #expect(error(scratch.file("fifo")) == .notARegularFile)
    #expect(error("/dev/zero") == .notARegularFile)
    #expect(error(scratch.file("dangling")) == .system(operation: "open", code: ENOENT))
    #expect(error(scratch.file("missing")) == .system(operation: "open", code: ENOENT))
    let missing = #expect(throws: FileError.self) { try ArtifactFile(path: "/nowhere/x.tandem") }
    #expect(missing?.description == "/nowhere/x.tandem: open: no such file or folder")
  }

  @Test("a symbolic link to an artifact is read, whatever its name")
  func linked() throws {
    let scratch = try Scratch()
    _ = try small(scratch)
    symlink("sound", scratch.file("link"))
    try ArtifactFile(path: scratch.file("link"), type: .test).verify()
  }
}
