import SystemFiles
import TestKit
import Testing

@testable import Parquet

@Suite("A Parquet file")
struct ParquetFileTests {
  @Test("of every writer, codec, version and encoding holds what pyarrow reads", arguments: Fixtures.names)
  func agrees(name: String) throws {
    let file = try ParquetFile(path: Fixtures.path(name))
    let expected = try #require(Fixtures.expected[name])
    #expect(Set(file.columns.map(\.name)) == Set(expected.keys))
    for column in file.columns {
      let wanted = try #require(expected[column.name])
      let found = try file.cells(column)
      #expect(found.count == wanted.count && found.count == file.rows, "\(column.name)")
      let place = zip(found, wanted).enumerated().first { !$1.0.isSame(as: $1.1, column.type) }?.offset
      if let place {
        Issue.record("\(column.name), row \(place): \(found[place]), and pyarrow says \(wanted[place])")
      }
    }
  }

  @Test("by each of three writers is there")
  func writers() {
    for writer in ["pyarrow", "duckdb", "polars"] {
      #expect(Fixtures.names.count { $0.hasPrefix(writer) } >= 5, "\(writer)")
    }
  }

  @Test("has the types that the schema's annotations say")
  func types() throws {
    let file = try ParquetFile(path: Fixtures.path("pyarrow-snappy.parquet"))
    let types = Dictionary(uniqueKeysWithValues: file.columns.map { ($0.name, $0.type) })
    let expected: [String: ColumnType] = [
      "user": .text, "item": .integer, "at": .timestamp(.milliseconds), "local": .timestamp(.microseconds),
      "fine": .timestamp(.nanoseconds), "rating": .real, "score": .real, "unsigned": .integer, "widest": .unsigned,
      "flag": .boolean, "day": .date, "price": .decimal(scale: 2), "id": .text, "genres": .text, "numbers": .integer,
    ]
    for (name, type) in expected { #expect(types[name] == type, "\(name)") }
    #expect(file.columns.filter(\.isList).map(\.name) == ["genres", "numbers"])
  }

  @Test("names the fields that are nested more deeply, or of a type that is not read")
  func unread() throws {
    let file = try ParquetFile(path: Fixtures.path("refused/nested.parquet"))
    let unread = file.fields.compactMap { field -> String? in
      if case .unread(let what) = field.content { "\(field.name): \(what)" } else { nil }
    }
    #expect(
      unread == [
        "place: a struct", "deep: a list of lists or structs", "pairs: a map", "structs: a list of lists or structs",
        "time: times of day", "half: floats of 16 bits", "bytes: bytes of fixed length",
      ])
    // The fields beside them are still found where they are.
    #expect(try file.cells(try #require(file.columns.first)) == [.value("a"), .value("b")])
  }

  @Test("with a codec that is not read says which would be")
  func codecs() throws {
    let file = try ParquetFile(path: Fixtures.path("refused/brotli.parquet"))
    let column = try #require(file.columns.first)
    #expect(throws: ParquetError.chunk(.unreadCodec("Brotli"), rowGroup: 1, column: "user")) {
      try file.cells(column)
    }
    #expect(
      "\(ParquetError.chunk(.unreadCodec("Brotli"), rowGroup: 1, column: "user"))"
        == "row group 1, column \"user\": it is compressed with Brotli; write it with snappy, zstd, gzip, lz4_raw "
        + "or none")
  }

  @Test("that is none, is cut short or encrypted is refused by name")
  func whole() throws {
    let scratch = try Scratch()
    let bytes = try Files.read(Fixtures.path("pyarrow-none.parquet"))
    func fault(_ bytes: [UInt8]) throws -> ParquetError? {
      let path = try scratch.write(bytes, to: "a.parquet")
      do { _ = try ParquetFile(path: path) } catch let error as ParquetError { return error }
      return nil
    }
    #expect(try fault(Array("a,b\n1,2\n3,4\n5,6\n".utf8)) == .file(.notParquet))
    #expect(try fault([]) == .file(.notParquet))
    #expect(try fault(Array(bytes.dropLast(9))) == .file(.notParquet))
    #expect(try fault(Array(bytes.dropLast(4) + "PARE".utf8)) == .file(.encrypted))
    var long = bytes
    long.replaceSubrange(long.count - 8..<long.count - 4, with: [0xff, 0xff, 0xff, 0x7f])
    #expect(try fault(long) == .file(.cutShort("the footer")))
    #expect(throws: FileError.self) { try ParquetFile(path: scratch.file("none.parquet")) }
  }

  @Test("with a byte changed in a page that has a checksum is refused")
  func checksums() throws {
    let scratch = try Scratch()
    var bytes = try Files.read(Fixtures.path("pyarrow-checksums.parquet"))
    let file = try ParquetFile(path: scratch.write(bytes, to: "a.parquet"))
    let column = try #require(file.columns.first { $0.name == "amount" })
    #expect(try file.cells(column).count == file.rows)
    let chunk = try FileMetadata(footer(bytes)).rowGroups[1].chunks[column.number]
    bytes[chunk.start + chunk.compressedSize - 1] ^= 1
    let changed = try ParquetFile(path: scratch.write(bytes, to: "b.parquet"))
    #expect(throws: ParquetError.chunk(.wrongChecksum, rowGroup: 2, column: "amount")) { try changed.cells(column) }
  }

  private func footer(_ bytes: [UInt8]) -> [UInt8] {
    let length = Int(bytes.span.load(bytes.count - 8, as: UInt32.self))
    return Array(bytes[(bytes.count - 8 - length)..<(bytes.count - 8)])
  }
}
