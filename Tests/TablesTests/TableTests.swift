import Artifacts
import Foundation
import Testing

@testable import Tables

@Suite("A table")
struct TableTests {
  private let columns = [
    Column("name", text: ["b", "a", "b", "é", ""]), Column("age", integers: [3, nil, -1, .max, 0]),
    Column("weight", reals: [1.5, 2, nil, -0.25, 1e300]), Column("count", integers: [1, 2, 3, 4, 5]),
    Column("tags", textLists: [["x", "y"], [], ["y"], ["z", "x", "z"], []]),
  ]

  /// Publishes a table and gives the file.
  private func file(_ table: Table, _ body: (ArtifactFile) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("t-\(UUID().uuidString).tandem").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = try ArtifactWriter(
      path: path, type: ArtifactType("table", version: 1), schema: ["tables": [table.schema]])
    try table.write(to: writer)
    try writer.publish(lineage: Lineage(stage: "test", stageVersion: 1))
    try body(ArtifactFile(path: path))
  }

  @Test("comes back from a file as it went, with missing values and lists")
  func roundTrip() throws {
    for table in [
      Table("t", rows: 5, columns: columns), Table("t", rows: 0, columns: columns.map { $0.selecting([]) }),
    ] {
      try file(table) { file in
        try file.verify()
        #expect(try Table("t", from: file) == table)
        #expect(Table.names(in: file) == ["t"])
        #expect(throws: FileError.self) { try Table("other", from: file) }
      }
    }
  }

  @Test("is the same table whatever order its words were seen in, and drops words that no row has")
  func canonical() throws {
    let table = Table("t", rows: 5, columns: columns)
    let mixed = table.selecting([4, 3, 2, 1, 0]).selecting([4, 3, 2, 1, 0])
    #expect(mixed == table)
    var digests: [Digest] = []
    for table in [table, mixed] { try file(table) { digests.append($0.digest) } }
    #expect(digests[0] == digests[1])
    #expect(table.selecting([0, 2]).text("name")?.dictionary.array == ["b"])
    #expect(table.text("name")?.dictionary.array == ["", "a", "b", "é"])
    #expect(table.selecting([1]).column("age")?.text(0) == "")
    #expect((0..<5).map { columns[4].text($0) } == ["x|y", "", "y", "z|x|z", ""])
    #expect((0..<5).map { columns[2].text($0) } == ["1.5", "2", "", "-0.25", "1e+300"])
  }

  @Test("whose numbers do not fit together is refused")
  func corrupt() throws {
    func write(_ add: (ArtifactWriter) throws -> Void, kind: String = "text") throws {
      let path = FileManager.default.temporaryDirectory.appendingPathComponent("t-\(UUID().uuidString).tandem").path
      defer { try? FileManager.default.removeItem(atPath: path) }
      let table: JSON = ["name": "t", "rows": 2, "columns": [["name": "c", "kind": JSON(kind)]]]
      let writer = try ArtifactWriter(path: path, type: ArtifactType("table", version: 1), schema: ["tables": [table]])
      try add(writer)
      try writer.publish(lineage: Lineage(stage: "test", stageVersion: 1))
      _ = try Table("t", from: ArtifactFile(path: path))
    }
    func text(_ codes: [UInt32], _ offsets: [UInt64], _ bytes: [UInt8]) throws {
      try write {
        try $0.add("t/0", codes)
        try $0.add("t/0/offsets", offsets)
        try $0.add("t/0/bytes", bytes)
      }
    }
    try text([0, 1], [0, 1, 2], [97, 98])
    let broken: [([UInt32], [UInt64], [UInt8])] = [
      ([0, 2], [0, 1, 2], [97, 98]), ([0], [0, 1], [97]), ([0, 1], [0, 2, 1], [97, 98]),
      ([0, 1], [1, 1, 2], [97, 98]),
      ([0, 1], [0, 1, 9], [97, 98]), ([0, 1], [0, 1, 2], [98, 97]), ([0, 0], [0, 1, 2], [97, 98]),
      ([0, 1], [0, 1, 2], [0xff, 0xfe]), ([0, 1], [0, 1, 2], [0xc3, 0xa9]), ([0, 1], [], []),
    ]
    for (codes, offsets, bytes) in broken {
      #expect(throws: FileError.self, "\(codes) \(offsets)") { try text(codes, offsets, bytes) }
    }
    #expect(throws: FileError.self) {
      try write(
        {
          try $0.add("t/0", [Int64(1), 2])
          try $0.add("t/0/present", [UInt8(1), 2])
        }, kind: "integer")
    }
    #expect(throws: FileError.self) { try write({ try $0.add("t/0", [Int64(1)]) }, kind: "integer") }
    #expect(throws: FileError.self) { try write({ try $0.add("t/0", [Int64(1), 2]) }, kind: "real") }
    #expect(throws: FileError.self) { try write({ try $0.add("t/0", [Int64(1), 2]) }, kind: "complex") }
    #expect(throws: FileError.self) { try write({ _ in }, kind: "integer") }
  }

  @Test("numbers its words one by one, however many")
  func interning() {
    var interner = Interner()
    let words = (0..<5000).map { "word \($0 % 1700)" }
    #expect(words.map { Int(interner.intern($0)) } == (0..<5000).map { $0 % 1700 })
    #expect(interner.strings.count == 1700)
    #expect(interner.strings[1699] == "word 1699")
    let sorted = Strings(words.prefix(1700).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    for word in words.prefix(1700) { #expect(sorted.sortedIndex(of: word).map { sorted[$0] } == word) }
    #expect(sorted.sortedIndex(of: "word") == nil)
  }
}
