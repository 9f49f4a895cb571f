import Artifacts
import Kernels
import SystemFiles
import TestKit
import Testing

@Suite("Sections copied from another artifact")
struct CopyTests {
  private let scratch: Scratch
  private let type = ArtifactType("numbers", version: 1)
  private let values = (0..<700_000).map { Float($0 % 1000) }

  init() throws { scratch = try Scratch() }

  private func source(_ name: String) throws -> String {
    let path = scratch.file(name)
    let writer = try ArtifactWriter(path: path, type: type)
    try writer.add("raw", values, shape: [700, 1000], codec: .raw)
    try writer.add("packed", values)
    try writer.publish(lineage: .none)
    return path
  }

  @Test("make the same file as writing their values, under the same or another name")
  func same() throws {
    let file = try ArtifactFile(path: source("source.tandem"))
    let copy = try ArtifactWriter(path: scratch.file("copy.tandem"), type: type)
    try copy.copy("raw", from: file, as: "other")
    try copy.copy("packed", from: file)
    try copy.publish(lineage: .none)
    let written = try ArtifactWriter(path: scratch.file("written.tandem"), type: type)
    try written.add("other", values, shape: [700, 1000], codec: .raw)
    try written.add("packed", values)
    try written.publish(lineage: .none)
    #expect(try Files.read(scratch.file("copy.tandem")) == Files.read(scratch.file("written.tandem")))
    try ArtifactFile(path: scratch.file("copy.tandem")).verify()
  }

  @Test("are refused if the source is damaged: the copy is removed and the error names the source")
  func damaged() throws {
    let path = try source("source.tandem")
    let section = try #require(try ArtifactFile(path: path).section("raw"))
    var bytes = try Files.read(path)
    bytes[section.offset + 1_500_000] ^= 4
    let broken = try ArtifactFile(path: scratch.write(bytes, to: "broken.tandem"))
    let writer = try ArtifactWriter(path: scratch.file("copy.tandem"), type: type)
    let error = #expect(throws: FileError.self) { try writer.copy("raw", from: broken) }
    #expect(error?.path.hasSuffix("broken.tandem") ?? false)
    #expect(throws: FileError.self) { try writer.publish(lineage: .none) }
    #expect(throws: FileError.self) { try ArtifactWriter(path: "\(path).2", type: type).copy("none", from: broken) }
  }

  @Test("are examined before publication: the summary has the findings, and a refusal leaves no file")
  func examined() throws {
    let (path, again) = (scratch.file("examined.tandem"), scratch.file("plain.tandem"))
    func writer(_ path: String) throws -> ArtifactWriter {
      let writer = try ArtifactWriter(path: path, type: type)
      try writer.add("raw", values, codec: .raw)
      return writer
    }
    struct Refused: Error {}
    #expect(throws: Refused.self) {
      try writer(path).publish(lineage: .none) { _ in throw Refused() }
    }
    #expect(try Files.list(Files.folder(of: path)).isEmpty)
    let summary = Summary([.fact("first", "0")])
    try writer(path).publish(lineage: .none) { draft in
      #expect(!Files.exists(path))
      let read: [Float] = try ArtifactFile(path: draft, type: type).read("raw")
      #expect(read == values)
      return summary
    }
    try writer(again).publish(lineage: .none, summary: summary)
    #expect(try Files.read(path) == Files.read(again))
  }

  @Test("are read again after their mapped pages are released")
  func released() throws {
    let path = try source("source.tandem")
    for loaded in [false, true] {
      let file = try ArtifactFile(path: path, loaded: loaded)
      let mapped: SharedValues<Float> = try file.mapped("raw")
      #expect(mapped[999] == 999)
      file.releasePages()
      #expect(mapped[1999] == 999)
    }
  }
}
