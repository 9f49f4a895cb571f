import Artifacts
import CanonicalJSON
import Glibc
import Kernels
import SystemFiles
import TestKit
import Testing

@Suite struct RoundTripTests {
  private func values<Element: SectionElement>(_ count: Int, _ make: (UInt64) -> Element) -> [Element] {
    var numbers = Numbers(UInt64(count) + 1)
    return (0..<count).map { _ in make(numbers.next()) }
  }

  /// Writes values under both codecs, reads them back, maps them.
  private func check<Element: SectionElement & Equatable>(
    _ values: [Element], in scratch: Scratch, _ name: String
  ) throws {
    let path = scratch.file("\(name)-\(values.count)")
    let writer = try ArtifactWriter(path: path, type: .test)
    try writer.add("zstd", values, codec: .zstd)
    try writer.add("raw", values, codec: .raw)
    try writer.publish(lineage: .none)
    let file = try ArtifactFile(path: path, type: .test)
    try file.verify()
    #expect(try file.read("zstd", as: Element.self) == values)
    #expect(try file.read("raw", as: Element.self, shape: [values.count]) == values)
    #expect(Array(try file.mapped("raw", as: Element.self)) == values)
    #expect(file.section("zstd")?.type == Element.elementType && file.section("raw")?.shape == [values.count])
    #expect(file.section("zstd")?.digest == file.section("raw")?.digest)
  }

  @Test("every element type is read back under both codecs, at empty and odd lengths too")
  func elementTypes() throws {
    let scratch = try Scratch()
    for count in [0, 1, 3, 17, 1000] {
      try check(values(count) { UInt8(truncatingIfNeeded: $0) }, in: scratch, "u8")
      try check(values(count) { UInt32(truncatingIfNeeded: $0) }, in: scratch, "u32")
      try check(values(count) { $0 }, in: scratch, "u64")
      try check(values(count) { Int32(truncatingIfNeeded: $0) }, in: scratch, "i32")
      try check(values(count) { Int64(bitPattern: $0) }, in: scratch, "i64")
      try check(values(count) { Float(Int64(bitPattern: $0)) * 1e-9 }, in: scratch, "f32")
      try check(values(count) { Double(Int64(bitPattern: $0)) * 1e-9 }, in: scratch, "f64")
    }
  }

  @Test(
    "sections of several frames are read back, whether they end within, at or just after a frame",
    arguments: [-1, 0, 1, 700_001])
  func manyFrames(extra: Int) throws {
    let scratch = try Scratch()
    let count = 2 << 20 + extra
    var bytes = [UInt8](repeating: 7, count: count)
    for place in stride(from: 0, to: count, by: 97) { bytes[place] = UInt8(truncatingIfNeeded: place / 97) }
    try check(bytes, in: scratch, "frames")
    let frames = try #require(try ArtifactFile(path: scratch.file("frames-\(count)")).section("zstd")?.frames)
    #expect(frames.count == (extra > 0 ? 3 : 2))
  }

  @Test("raw sections are aligned to 64 bytes; shapes and names are kept")
  func alignment() throws {
    let scratch = try Scratch()
    let writer = try ArtifactWriter(path: scratch.file("a"), type: .test, schema: ["k": 1])
    try writer.add("one", [1] as [UInt8], codec: .raw)
    try writer.add("matrix", Array(repeating: 1.5, count: 6) as [Float], shape: [2, 3], codec: .raw)
    try writer.add("scalar", [2.5] as [Double], shape: [], codec: .raw)
    try writer.publish(lineage: .none, summary: Summary([.fact("rows", "2")]))
    let file = try ArtifactFile(path: scratch.file("a"))
    #expect(try UInt(bitPattern: file.mapped("matrix", as: Float.self).values.baseAddress) % 64 == 0)
    #expect(file.header.sections.map(\.name) == ["one", "matrix", "scalar"])
    #expect(file.header.sections.map(\.shape) == [[1], [2, 3], []])
    #expect(file.header.schema == ["k": 1] && file.header.summary.items == [.fact("rows", "2")])
    #expect(try file.read("matrix", as: Float.self, shape: [-1, 3]).count == 6)
  }

  @Test("an artifact without sections is valid")
  func noSections() throws {
    let scratch = try Scratch()
    try ArtifactWriter(path: scratch.file("a"), type: .test).publish(lineage: .none)
    try ArtifactFile(path: scratch.file("a"), type: .test).verify()
  }

  @Test("the lineage is read back as written")
  func lineage() throws {
    let scratch = try Scratch()
    let lineage = Lineage(
      stage: "train", stageVersion: 3, params: ["rate": .number(0.1), "ks": [1, 5], "field": .null],
      inputs: ["train": Digest.of("x")])
    try ArtifactWriter(path: scratch.file("a"), type: .test).publish(lineage: lineage)
    #expect(try ArtifactFile(path: scratch.file("a")).header.lineage == lineage)
  }

  @Test("the same content gives the same bytes; codec, lineage and summary do not change the digest")
  func determinism() throws {
    let scratch = try Scratch()
    func write(
      _ name: String, codec: Codec = .zstd, lineage: Lineage = .none, summary: Summary = Summary(), last: Float = 3
    )
      throws -> Digest
    {
      let writer = try ArtifactWriter(path: scratch.file(name), type: .test, schema: ["k": 1])
      try writer.add("s", [1, 2, last], codec: codec)
      let digest = try writer.publish(lineage: lineage, summary: summary)
      #expect(try ArtifactFile(path: scratch.file(name)).digest == digest)
      return digest
    }
    let first = try write("a")
    #expect(try write("b") == first)
    #expect(try Files.read(scratch.file("a")) == Files.read(scratch.file("b")))
    #expect(try write("raw", codec: .raw) == first)
    #expect(try write("lineage", lineage: Lineage(stage: "other", stageVersion: 9, params: ["x": 1])) == first)
    #expect(try write("summary", summary: Summary([.fact("x", "y")])) == first)
    #expect(try write("value", last: 4) != first)
  }

  @Test("the digest of fixed contents equals the recorded one")
  func frozen() throws {
    let scratch = try Scratch()
    let writer = try ArtifactWriter(path: scratch.file("a"), type: .test, schema: ["what": "numbers"])
    try writer.add("floats", [1, 2.5, -3] as [Float], codec: .raw)
    try writer.add("codes", [7, 8, 9, 10] as [UInt32], shape: [2, 2])
    #expect(
      try writer.publish(lineage: .none).hexadecimal
        == "4314bac2c43824a395ed91a98415c7188778bdc88e308893c454320e09feb757")
  }

  @Test("the digest depends on type, version, schema, names, shapes and order")
  func identity() throws {
    let scratch = try Scratch()
    var digests: Set<Digest> = []
    func write(_ type: ArtifactType, _ schema: JSON, _ sections: [(String, [Int])]) throws {
      let path = scratch.file("\(digests.count)")
      let writer = try ArtifactWriter(path: path, type: type, schema: schema)
      for (name, shape) in sections { try writer.add(name, [1, 2, 3, 4] as [Int32], shape: shape) }
      digests.insert(try writer.publish(lineage: .none))
    }
    try write(.test, [:], [("a", [4]), ("b", [4])])
    try write(ArtifactType("test", version: 1), [:], [("a", [4]), ("b", [4])])
    try write(ArtifactType("other", version: 2), [:], [("a", [4]), ("b", [4])])
    try write(.test, ["k": 1], [("a", [4]), ("b", [4])])
    try write(.test, [:], [("b", [4]), ("a", [4])])
    try write(.test, [:], [("a", [2, 2]), ("b", [4])])
    try write(.test, [:], [("a", [4])])
    #expect(digests.count == 7)
  }

  @Test("every kind of summary is read back, and prints in columns without control characters")
  func summaries() throws {
    let summary = Summary([
      .fact("rows", "10"), .list(title: "sample", items: ["a", "b"]),
      .table(title: "metrics", columns: ["name", "value"], rows: [["hit rate", "0.50"], ["ndcg", "12.25"]]),
      .curve(title: "loss", x: "epoch", y: "nats", points: [2.5, 1]),
    ])
    #expect(Summary(try JSON.parse(summary.json.text)) == summary)
    #expect(
      summary.lines == [
        "rows: 10", "sample:", "  a", "  b", "metrics:", "  name      value", "  hit rate   0.50",
        "  ndcg      12.25", "loss:", "  epoch    nats", "      1  2.5000  \(String(repeating: "█", count: 32))",
        "      2       1  \(String(repeating: "█", count: 13))",
      ])
    #expect(Summary([.fact("\u{1b}[2J", "a\nb")]).lines == [#"\u{1b}[2J: a\nb"#])
    // Of many points some are shown, the first and the last among them.
    let long = Summary([.curve(title: "loss", x: "epoch", y: "nats", points: (0..<300).map { 300 - Double($0) })]).lines
    #expect(long.count == 23 && long[2].contains("  1  ") && long[22].hasPrefix("    300"), "\(long)")
    let escape = Summary([.curve(title: "\u{1b}", x: "a\nb", y: "y", points: [])])
    #expect(escape.lines == [#"\u{1b}:"#, #"  a\nb  y"#])
    let highlighted = Summary([.fact("a", "b")], highlights: [.fact("c", "d")])
    #expect(Summary(try JSON.parse(highlighted.json.text)) == highlighted)
    #expect(Summary(["x", ["kind": "newer"], ["kind": "fact", "name": "a", "value": "b"]]).items == [.fact("a", "b")])
    let diverged = Summary([.curve(title: "loss", x: "epoch", y: "nats", points: [1, .nan, 2])])
    guard case .curve(_, _, _, let points) = Summary(diverged.json).items.first else {
      Issue.record("no curve")
      return
    }
    #expect(points.count == 3 && points[1].isNaN, "a point that is missing keeps its place")
  }
}
