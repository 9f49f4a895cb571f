import CanonicalJSON
import Glibc
import SystemFiles
import TestKit
import Testing

@testable import Artifacts

@Suite("An artifact too large for the address space")
struct UnmappedTests {
  private func open(_ path: String) throws -> ArtifactFile {
    let (file, size) = try FileDescriptor.openRegular(path)
    let reason = SystemError.system(operation: "map", code: ENOMEM)
    return try ArtifactFile(path, nil, .read(file, size: size, because: reason))
  }

  @Test("can be described and verified, but not mapped")
  func verified() throws {
    let scratch = try Scratch()
    let path = scratch.file("sound")
    let writer = try ArtifactWriter(path: path, type: .test, schema: ["k": 1])
    try writer.add("codes", (0..<700_000).map { UInt32($0 % 7) })
    try writer.add("values", (0..<700_001).map { Float($0) }, codec: .raw)
    try writer.add("nothing", [] as [UInt8])
    try writer.publish(lineage: .none)
    let file = try open(path)
    #expect(try file.header == ArtifactFile(path: path).header)
    try file.verify()
    #expect(systemError { _ = try file.read("codes", as: UInt32.self) } == .system(operation: "map", code: ENOMEM))
    #expect(systemError { _ = try file.mapped("values", as: Float.self) } == .system(operation: "map", code: ENOMEM))
    let sound = try Files.read(path)
    for section in file.header.sections where section.storedSize > 0 {
      for place in [section.offset, section.offset + section.storedSize - 1] {
        var flipped = sound
        flipped[place] ^= 1
        let damaged = try open(scratch.write(flipped, to: "damaged"))
        #expect(artifactError { try damaged.verify() } == .damaged(part: "section \"\(section.name)\""))
      }
    }
  }
}
