import BasicAlgorithms
import Glibc
import Interactions
import RandomNumbers
import SystemFiles
import Tables
import TestKit
import Testing

@testable import Parquet

@Suite("A Parquet file with a fault made at random")
struct FuzzTests {
  private static let files = [
    "pyarrow-small-pages", "pyarrow-v2-snappy", "pyarrow-v2-zstd-plain", "pyarrow-delta", "pyarrow-delta-shared",
    "pyarrow-split", "pyarrow-int96", "pyarrow-gzip", "pyarrow-lz4", "pyarrow-checksums", "duckdb-v2", "polars-small",
  ]

  @Test("is read or refused with its place, on one and two threads alike, and never ends the program", arguments: files)
  func survives(name: String) throws {
    let scratch = try Scratch()
    let whole = try FaultyFile(Files.read(Fixtures.path("\(name).parquet")))
    let columns = try ParquetFile(path: Fixtures.path("\(name).parquet")).columns
    let single = columns.filter { !$0.isList }.map(\.name)
    var format = ParquetFormat()
    format.columns = columns.map(\.name)
    var (read, refused) = (0, 0)
    let inputs = MadeInputs("Parquet \(name)", count: 60)
    try inputs.take { number, random in
      let path = try scratch.write(whole.withFault(number, &random), to: "a.parquet")
      do {
        let file = try ParquetFile(path: path)
        // A file may now claim more rows than any test has time for.
        guard file.rows < 1 << 20 else { return true }
        for column in file.columns { _ = try file.cells(column) }
        read += 1
      } catch let error as ParquetError {
        refused += 1
        #expect(!"\(error)".contains("\n"), "\(inputs.again(number))")
      }
      guard single.count > 1 else { return true }
      let outcomes = [1, 2].map { threads in
        format.threads = threads
        return outcome(format, query: single[0], candidate: single[1], path)
      }
      #expect(outcomes[0] == outcomes[1], "\(inputs.again(number))")
      #expect(MadeInputs.memoryIsBounded(), "\(inputs.again(number))")
      return true
    }
    #expect(refused > 0)
    #expect(read + refused > 10)
  }

  /// What is read of a file as interactions, or the line that refuses it.
  private func outcome(_ format: ParquetFormat, query: String, candidate: String, _ path: String) -> [String] {
    var source = TabularSource(format: format, roles: .init(query: query, candidate: candidate))
    source.onBadRow = .skip
    source.maxBadRows = 1
    do {
      let read = try source.read(path)
      let rows = (0..<read.interactions.count).map { row in
        read.interactions.table.columns.map { "\($0.name) \($0.text(row))" }.joined(separator: ", ")
      }
      return rows + read.rejects.map { "\($0)" }
    } catch {
      let line = "\(error)"
      #expect(line.hasPrefix("a.parquet: ") && !line.contains("\n"), "\(line)")
      return [line]
    }
  }
}

/// A whole file in its parts, from which faulty ones are made whose other parts are right: a fault in a header then is
/// found by what reads the header, and not already by what finds it.
struct FaultyFile {
  private let data: [UInt8]
  private let footer: ThriftTree

  init(_ bytes: [UInt8]) {
    let length = Int(bytes.span.load(bytes.count - 8, as: UInt32.self))
    data = Array(bytes[..<(bytes.count - 8 - length)])
    var place = 0
    footer = ThriftTree(Array(bytes[data.count...]), &place)
  }

  private static func file(_ data: [UInt8], _ footer: ThriftTree) -> [UInt8] {
    let bytes = footer.bytes
    return data + bytes + littleEndian(UInt32(bytes.count)) + Array("PAR1".utf8)
  }

  func withFault(_ number: Int, _ random: inout RandomGenerator) -> [UInt8] {
    switch number % 6 {
    case 0: return Self.file(data, footer.mutated(&random))
    case 1, 2, 3: return withPageFault(&random)
    case 4:
      var data = data
      for _ in 0...random.below(4) {
        data[4 + Int(random.below(UInt64(data.count - 4)))] = UInt8(truncatingIfNeeded: random.next())
      }
      return Self.file(data, footer)
    default:
      var bytes = Self.file(data, footer)
      if random.below(2) == 0 { bytes.removeLast(Int(random.below(UInt64(bytes.count)))) }
      if !bytes.isEmpty { bytes[Int(random.below(UInt64(bytes.count)))] ^= UInt8(1 << random.below(8)) }
      return bytes
    }
  }

  /// Writes a column of a row group anew behind the others, with a changed header or body of one of its pages.
  private func withPageFault(_ random: inout RandomGenerator) -> [UInt8] {
    var footer = footer
    guard var groups = footer[4] else { return data }
    let group = Int(random.below(UInt64(groups.items.count)))
    guard var chunks = groups.items[group][1] else { return data }
    let column = Int(random.below(UInt64(chunks.items.count)))
    guard var metadata = chunks.items[column][3] else { return data }
    let dictionary = metadata[11]?.integer ?? 0
    let values = metadata[9]?.integer ?? 4
    var pages = pages(from: dictionary > 0 ? min(dictionary, values) : values, metadata[7]?.integer ?? 0)
    guard !pages.isEmpty else { return data }
    let victim = Int(random.below(UInt64(pages.count)))
    switch random.below(4) {
    case 0: pages[victim].header = pages[victim].header.mutated(&random)
    case 1: pages.insert(pages[victim], at: Int(random.below(UInt64(pages.count))))
    case 2:
      // As long as the header says, so that the decoder is reached.
      for _ in 0...random.below(8) where !pages[victim].body.isEmpty {
        let body = pages[victim].body
        pages[victim].body[Int(random.below(UInt64(min(body.count, 64))))] = UInt8(truncatingIfNeeded: random.next())
      }
      pages[victim].header[4] = nil
    default:
      let cut = Int(random.below(UInt64(pages[victim].body.count + 1)))
      pages[victim].body.removeLast(cut)
      pages[victim].header[3] = .integer(Int64(pages[victim].body.count), type: 5)
      pages[victim].header[4] = nil
      // Of pages that are not packed both sizes are one.
      if metadata[4]?.integer == 0 { pages[victim].header[2] = pages[victim].header[3] }
    }
    let first = dictionary > 0 ? pages[0].header.bytes.count + pages[0].body.count : 0
    let bytes = pages.flatMap { $0.header.bytes + $0.body }
    metadata[7] = .integer(Int64(bytes.count), type: 6)
    metadata[9] = .integer(Int64(data.count + first), type: 6)
    if dictionary > 0 { metadata[11] = .integer(Int64(data.count), type: 6) }
    chunks.items[column][3] = metadata
    groups.items[group][1] = chunks
    footer[4] = groups
    return Self.file(data + bytes, footer)
  }

  private func pages(from start: Int, _ size: Int) -> [(header: ThriftTree, body: [UInt8])] {
    var pages: [(header: ThriftTree, body: [UInt8])] = []
    var place = start
    while place < start + size {
      let header = ThriftTree(data, &place)
      let length = header[3]?.integer ?? 0
      pages.append((header, Array(data[place..<place + length])))
      place += length
    }
    return pages
  }
}
