import Artifacts
import CanonicalJSON
import SystemFiles
import Tables
import TestKit
import Testing

/// Artifacts that are whole, every checksum right, and whose tables contradict themselves.
@Suite struct MalformedTableTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// What reading the table says; the sections are those of one column, number 0.
  private func refusal(
    kind: String, rows: JSON = 2, _ write: (ArtifactWriter) throws -> Void
  ) throws -> String? {
    let schema: JSON = ["tables": [["name": "t", "rows": rows, "columns": [["name": "c", "kind": JSON(kind)]]]]]
    return try refusal(schema: schema, write)
  }

  private func refusal(schema: JSON, _ write: (ArtifactWriter) throws -> Void = { _ in }) throws -> String? {
    let path = scratch.file("artifact")
    Files.remove(path)
    let writer = try ArtifactWriter(path: path, type: .test, schema: schema)
    try write(writer)
    try writer.publish(lineage: .none)
    let file = try ArtifactFile(path: path, type: .test)
    try file.verify()
    return artifactError { _ = try Table("t", from: file) }?.description
  }

  private func text(
    codes: [UInt32] = [0, 1], offsets: [UInt64] = [0, 1, 2], bytes: [UInt8] = Array("ab".utf8)
  ) throws -> String? {
    try refusal(kind: "text") {
      try $0.add("t/0", codes)
      try $0.add("t/0/offsets", offsets)
      try $0.add("t/0/bytes", bytes)
    }
  }

  @Test("text columns with invalid codes, offsets, UTF-8, order or unused values are refused")
  func text() throws {
    #expect(try text() == nil, "the sound one")
    #expect(try text(codes: [0, 2]) == "section \"t/0\": a code is beyond its dictionary")
    #expect(try text(codes: [0, .max]) == "section \"t/0\": a code is beyond its dictionary")
    let offsets = "section \"t/0\": its offsets do not rise from 0 to its number of bytes"
    for wrong: [UInt64] in [[], [0], [1, 1, 2], [0, 2, 1], [0, 3, 2], [0, 1, 3], [0, 1, .max], [0, .max, 2]] {
      #expect(try text(offsets: wrong) == offsets, "\(wrong)")
    }
    #expect(try text(bytes: [0x61, 0xff]) == "section \"t/0\": it is not UTF-8")
    #expect(try text(bytes: [0xc3, 0xa9]) == "section \"t/0\": it is not UTF-8", "cut through the middle of é")
    #expect(
      try text(bytes: Array("ba".utf8)) == "section \"t/0\": its dictionary is not in the order of bytes at 1")
    #expect(
      try text(bytes: Array("aa".utf8)) == "section \"t/0\": its dictionary is not in the order of bytes at 1")
    #expect(try text(codes: [1, 1]) == "section \"t/0\": value 0 of its dictionary is used nowhere")
    #expect(try text(codes: [0, 1, 0]) == "section \"t/0\": its shape is [3]; expected [2]")
  }

  @Test("number columns with wrong lengths or presence flags are refused")
  func numbers() throws {
    func integers(_ count: Int, _ present: [UInt8]?) throws -> String? {
      try refusal(kind: "integer") {
        try $0.add("t/0", [Int64](repeating: 1, count: count))
        if let present { try $0.add("t/0/present", present) }
      }
    }
    #expect(try integers(2, nil) == nil && integers(2, [0, 1]) == nil)
    #expect(try integers(3, nil) == "section \"t/0\": its shape is [3]; expected [2]")
    #expect(try integers(2, [0, 2]) == "section \"t/0\": a presence flag is neither 0 nor 1")
    #expect(try integers(2, [1]) == "section \"t/0/present\": its shape is [1]; expected [2]")
    #expect(
      try refusal(kind: "real") { try $0.add("t/0", [1, 2] as [Int64]) }
        == "section \"t/0\": it holds i64; expected f64")
    #expect(try refusal(kind: "integer") { _ in } == "section \"t/0\" is missing")
  }

  @Test("list columns whose starts do not rise from 0, or end beyond the items, are refused")
  func lists() throws {
    func lists(_ starts: [UInt64], rows: JSON = 2) throws -> String? {
      try refusal(kind: "text-list", rows: rows) {
        try $0.add("t/0", [0, 0, 0] as [UInt32])
        try $0.add("t/0/offsets", [0, 1] as [UInt64])
        try $0.add("t/0/bytes", [97] as [UInt8])
        try $0.add("t/0/starts", starts)
      }
    }
    #expect(try lists([0, 1, 3]) == nil)
    for wrong: [UInt64] in [[1, 2, 3], [0, 3, 2], [0, 0, .max]] {
      #expect(try lists(wrong) == "section \"t/0\": its starts do not rise from 0")
    }
    #expect(try lists([0, 1, 4]) == "section \"t/0\": its shape is [3]; expected [4]")
    #expect(try lists([0, 3]) == "section \"t/0/starts\": its shape is [2]; expected [3]")
  }

  @Test("schemas with invalid row counts, missing or repeated columns, or unknown kinds are refused")
  func schema() throws {
    for rows: JSON in [-1, JSON(Int.max), JSON(1 << 60)] {
      #expect(
        try refusal(kind: "text-list", rows: rows) { _ in } == "schema: table \"t\" cannot have \(rows.text) rows")
    }
    for rows: JSON in ["2", .number(2), .null] {
      #expect(try refusal(kind: "integer", rows: rows) { _ in } == "schema: table \"t\" is not described")
    }
    #expect(
      try refusal(kind: "blob") { _ in }
        == "section \"t/0\": its kind \"blob\" is unknown; expected one of integer, real, text, text-list, or update Tandem"
    )
    #expect(
      try refusal(schema: ["tables": [["name": "t", "rows": 7, "columns": []]]])
        == "schema: table \"t\" cannot have 7 rows")
    for schema: JSON in [
      [:], ["tables": 1], ["tables": []], ["tables": [["name": "u", "rows": 0, "columns": []]]], .null,
    ] {
      #expect(try refusal(schema: schema) == "schema: table \"t\" is not described")
    }
    let twice: JSON = [["name": "c", "kind": "integer"], ["name": "c", "kind": "integer"]]
    #expect(
      try refusal(schema: ["tables": [["name": "t", "rows": 1, "columns": twice]]]) {
        try $0.add("t/0", [1] as [Int64])
      }
        == "schema: column 1 of \"t\" is not described")
    #expect(try refusal(schema: ["tables": [["name": "t", "rows": 1, "columns": [["name": "c"]]]]]) != nil)
  }
}
