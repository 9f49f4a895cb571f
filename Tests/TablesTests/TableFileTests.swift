import Artifacts
import CanonicalJSON
import SystemFiles
import Tables
import TestKit
import Testing

@Suite struct TableFileTests {
  private func published(_ table: Table) throws -> (scratch: Scratch, file: ArtifactFile) {
    let scratch = try Scratch()
    let writer = try ArtifactWriter(path: scratch.file("table"), type: .test, schema: ["tables": [table.schema]])
    try table.write(to: writer)
    try writer.publish(lineage: .none)
    return (scratch, try ArtifactFile(path: scratch.file("table")))
  }

  @Test("columns read in parts equal those read at once, for frames and parts of any length")
  func parts() throws {
    let rows = 300_000
    let words = (0..<rows).map { "word \($0 % 1000)" }
    let integers = (0..<rows).map { $0 % 7 == 3 ? nil : Int64($0) }
    let table = Table(
      "things", rows: rows,
      columns: [
        Column("word", text: words), Column("real", reals: (0..<rows).map { Double($0) / 4 }),
        Column("integer", integers: integers),
      ])
    let (_, file) = try published(table)
    for length in [1 << 17, 100_003, rows] {
      let parts = try TableFile("things", from: file)
      #expect(parts.rows == rows && parts.columns.map(\.kind) == [.text, .real, .integer])
      var (words, reals, numbers) = (try parts.text("word"), try parts.numbers("real"), try parts.numbers("integer"))
      var (codes, values, part, missing) = ([UInt32](), [Double](), [UInt32](), [Int?]())
      for _ in stride(from: 0, to: rows, by: length) {
        try words.next(length, into: &part)
        codes += part
        var real: [Double] = []
        #expect(try reals.next(length, into: &real) == nil)
        values += real
        missing.append(try numbers.next(length, into: &real))
      }
      let text = try #require(table.text("word"))
      #expect(codes == text.codes && words.dictionary == text.dictionary)
      #expect(values == table.reals("real"))
      #expect(missing[0] == 3)
    }
  }

  @Test("a damaged column is refused before its first part is given")
  func damage() throws {
    let (scratch, file) = try published(Table("things", rows: 2, columns: [Column("n", integers: [1, 2])]))
    let section = try #require(file.section("things/0"))
    var bytes = try Files.read(scratch.file("table"))
    bytes[section.offset] ^= 1
    try scratch.write(bytes, to: "damaged")
    let damaged = try TableFile("things", from: ArtifactFile(path: scratch.file("damaged")))
    #expect(artifactError { _ = try damaged.numbers("n") } == .damaged(part: "section \"things/0\""))
  }
}
