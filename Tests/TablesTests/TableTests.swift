import Artifacts
import CanonicalJSON
import SystemFiles
import Tables
import TestKit
import Testing

@Suite struct TableTests {
  private static let table = Table(
    "films", rows: 4,
    columns: [
      Column("year", integers: [1995, nil, -1, .max]), Column("rating", reals: [3.5, nil, 0, -0.25]),
      Column("id", integers: [1, 2, 3, 4]), Column("share", reals: [0.1, 0.2, 0.3, 0.4]),
      Column("title", text: ["Heat", "", "Élan", "Heat"]),
      Column("genres", textLists: [["Crime", "Drama"], [], ["Drama"], ["Drama", "Drama"]]),
    ])

  private func write(_ tables: [Table], to path: String) throws -> Digest {
    let writer = try ArtifactWriter(path: path, type: .test, schema: ["tables": .array(tables.map(\.schema))])
    for table in tables { try table.write(to: writer) }
    return try writer.publish(lineage: .none)
  }

  @Test("every kind of column is read back, with and without missing values")
  func roundTrip() throws {
    let scratch = try Scratch()
    _ = try write([Self.table], to: scratch.file("a"))
    let file = try ArtifactFile(path: scratch.file("a"))
    try file.verify()
    let read = try Table("films", from: file)
    #expect(read == Self.table && Table.names(in: file) == ["films"])
    #expect(read.columns.map(\.kind) == [.integer, .real, .integer, .real, .text, .textList])
    #expect(read.integers("id") == [1, 2, 3, 4] && read.reals("share") == [0.1, 0.2, 0.3, 0.4])
    #expect(read.text("title")?[2] == "Élan" && read.integers("title") == nil && read.column("none") == nil)
    #expect(file.section("films/0/present") != nil && file.section("films/2/present") == nil)
  }

  @Test("several tables are read back, and tables without rows or columns")
  func several() throws {
    let scratch = try Scratch()
    let empty = Table(
      "empty", rows: 0,
      columns: [
        Column("i", integers: []), Column("r", reals: []), Column("t", text: []), Column("l", textLists: []),
      ])
    let bare = Table("bare", rows: 0, columns: [])
    _ = try write([Self.table, empty, bare], to: scratch.file("a"))
    let file = try ArtifactFile(path: scratch.file("a"))
    #expect(Table.names(in: file) == ["films", "empty", "bare"])
    for table in [Self.table, empty, bare] { #expect(try Table(table.name, from: file) == table) }
  }

  @Test("values are displayed as people write them, missing ones as empty text")
  func text() {
    let rows = (0..<4).map { row in Self.table.columns.map { $0.text(row) } }
    #expect(rows[0] == ["1995", "3.5", "1", "0.1", "Heat", "Crime|Drama"])
    #expect(rows[1] == ["", "", "2", "0.2", "", ""])
    #expect(rows[2] == ["-1", "0", "3", "0.3", "Élan", "Drama"])
  }

  @Test("selecting takes rows in the given order, repeats included; missing values stay missing")
  func selecting() {
    let chosen = Self.table.selecting([3, 1, 3])
    #expect(chosen.rows == 3)
    for (place, row) in [3, 1, 3].enumerated() {
      #expect(chosen.columns.map { $0.text(place) } == Self.table.columns.map { $0.text(row) })
    }
    #expect(chosen.text("title")?.dictionary.array == ["", "Heat"], "unused values are dropped")
    #expect(
      Self.table.selecting([0, 2]).column("year") == Column("year", integers: [1995, -1]), "none is missing now")
    #expect(Self.table.selecting([]).rows == 0)
  }

  @Test("a dictionary is sorted by bytes and holds each used value once")
  func dictionary() {
    let column = TextColumn(["b", "é", "a", "e\u{301}", "Z", "a", ""])
    #expect(
      column.dictionary.array.map { Array($0.utf8) } == ["", "Z", "a", "b", "e\u{301}", "é"].map { Array($0.utf8) })
    #expect(column.codes == [3, 5, 2, 4, 1, 2, 0])
  }

  @Test("sorted strings are looked up among sorted others in one pass, absent ones too")
  func places() {
    let others = Strings(["", "a", "ab", "b", "é"])
    #expect(Strings(["", "a", "aa", "b", "c", "é", "ü"]).places(in: others) == [0, 1, -1, 3, -1, 4, -1])
    #expect(Strings(["a"]).places(in: Strings()) == [-1])
    #expect(Strings().places(in: others).isEmpty)
  }

  @Test("equal content gives equal digests, whatever the order of values and the bytes of missing ones")
  func canonical() throws {
    let scratch = try Scratch()
    var backwards = Interner()
    for value in ["unused", "Élan", "Heat", ""] { _ = backwards.intern(value) }
    let codes = ["Heat", "", "Élan", "Heat"].map { backwards.intern($0) }
    let title = Column("title", .text(TextColumn(codes: codes, unsorted: backwards.strings)))
    let year = Column("year", .integers([1995, 777, -1, .max], present: [1, 0, 9, 1]))
    let share = Column("share", .reals([0.1, 0.2, 0.3, 0.4], present: [1, 1, 1, 1]))
    let replaced = [year.name: year, title.name: title, share.name: share]
    let other = Table("films", rows: 4, columns: Self.table.columns.map { replaced[$0.name] ?? $0 })
    #expect(other == Self.table)
    #expect(try write([other], to: scratch.file("a")) == write([Self.table], to: scratch.file("b")))
    #expect(try Files.read(scratch.file("a")) == Files.read(scratch.file("b")))
  }
}

@Suite struct StringsTests {
  @Test("strings are found at their index, by bytes")
  func sortedIndex() {
    let words = ["", "Z", "a", "aa", "b", "e\u{301}", "é", "😀"]
    let strings = Strings(words)
    for (place, word) in words.enumerated() { #expect(strings.sortedIndex(of: word) == place) }
    for word in ["A", "ab", "è", "z", "😀😀"] { #expect(strings.sortedIndex(of: word) == nil) }
    #expect(Strings().sortedIndex(of: "") == nil)
    #expect(Strings(words.reversed()).sortedOrder() == Array(words.indices.reversed()))
  }

  @Test("equal strings get equal numbers, in the order of first occurrence, however many there are")
  func interning() {
    var interner = Interner()
    for round in 0..<2 {
      for number in 0..<5_000 { #expect(interner.intern("word \(number)") == UInt32(number), "round \(round)") }
    }
    #expect(interner.strings.count == 5_000 && interner.strings[4_999] == "word 4999")
    #expect(interner.intern("") == 5_000 && interner.intern("") == 5_000)
    #expect(interner.intern("é") != interner.intern("e\u{301}"), "compared by bytes, not by what they look like")
  }
}
