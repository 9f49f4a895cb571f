import Foundation
import RandomNumbers
import Tables
import TestKit
import Testing

@testable import Interactions

@Suite("Delimited text that is cut into blocks")
struct DelimitedBlocksTests {
  private static let request = TableRequest(
    part: .interactions, roles: ["who": .key, "when": .timestamp, "much": .weight])

  private struct Outcome: Equatable {
    var columns: [Column]
    var rejects: [Reject]
    var lines: Int
    var rows: Int
  }

  private func outcome(
    _ path: String, _ dialect: DelimitedDialect, _ request: TableRequest, threads: Int, blockSize: Int
  ) throws -> Outcome? {
    let file = DelimitedFile(path: path, name: "a.csv", dialect: dialect, encoding: .utf8)
    let table = DelimitedTable(request, size: 0, threads: threads, blockSize: blockSize)
    try file.read(into: table, hasHeader: true, []) { record throws(DataError) in
      (0..<record.count).map { String(decoding: record.bytes($0), as: UTF8.self) }
    }
    table.readRest()
    if table.hasSeveralUnits, threads > 1 {
      return try outcome(path, dialect, request, threads: 1, blockSize: blockSize)
    }
    return table.finish().map {
      Outcome(columns: $0.columns, rejects: $0.rejects, lines: $0.lines, rows: $0.rows)
    }
  }

  /// What reading record by record gives.
  private func plainOutcome(_ text: [UInt8], _ dialect: DelimitedDialect, _ request: TableRequest) throws -> Outcome? {
    var reader = DelimitedReader(dialect)
    var rows: RowBuilder?
    var rejects: [Reject] = []
    func take(_ record: DelimitedRecord) {
      guard rows != nil else {
        rows = RowBuilder((0..<record.count).map { String(decoding: record.bytes($0), as: UTF8.self) }, request)
        return
      }
      guard let problem = record.problem ?? rows?.append(record) else { return }
      rejects.append(
        Reject(
          file: "a.csv", place: .line(record.line), field: problem.field.flatMap { rows?.name($0) },
          fault: problem.fault, lines: record.lines))
    }
    try reader.take(text.span, take)
    try reader.finish(take)
    return rows.map { Outcome(columns: $0.columns, rejects: rejects, lines: reader.lines, rows: $0.count) }
  }

  private static let dialects: [(name: String, dialect: DelimitedDialect)] = {
    func dialect(_ separator: String, _ change: (inout DelimitedDialect) -> Void = { _ in }) -> DelimitedDialect {
      var dialect = DelimitedDialect(separator: Array(separator.utf8))
      change(&dialect)
      return dialect
    }
    return [
      ("commas", dialect(",")), ("tabs without quotes", dialect("\t") { $0.quote = nil }),
      ("carriage returns", dialect(";") { $0.lineEnd = .carriageReturn }),
      ("two colons", dialect("::")), ("two colons without quotes", dialect("::") { $0.quote = nil }),
      ("escapes", dialect(",") { $0.hasBackslashEscapes = true }), ("single quotes", dialect("|") { $0.quote = 39 }),
    ]
  }()

  /// Rows that are mostly right, of pieces that mean something to readers.
  private func text(_ dialect: DelimitedDialect, _ random: inout RandomGenerator) -> [UInt8] {
    let separator = String(decoding: dialect.separator, as: UTF8.self)
    let quote = dialect.quote.map { String(UnicodeScalar($0)) } ?? "\""
    let end = dialect.lineEnd == .lineFeed ? "\n" : "\r"
    let pieces = [
      separator, quote, end, "\r", "\n", "\\", "a", "é", ",", ";", ":", quote + quote, "7", "", " ", "1700000000",
      "1700000000000", "0.5", "-",
    ]
    func pick(_ items: [String]) -> String { items[random.place(items.count)] }
    func word() -> String {
      let text = (0..<random.place(4)).map { _ in pick(pieces) }.joined()
      guard random.place(3) == 0 else { return text }
      return quote + text.replacingOccurrences(of: quote, with: quote + quote) + quote
    }
    var bytes = Array((random.place(4) == 0 ? "\u{feff}" : "").utf8)
    bytes += ["who", "when", "much", "note"].joined(separator: separator).utf8
    for _ in 0..<random.place(60) {
      bytes += end.utf8
      var fields = [
        pick(["ann", "bob", "someone with a long name", "\(quote)c\(quote)"]), "17000000\(10 + random.place(90))",
        pick(["1", "2.5", "-3", "\(quote)4\(quote)", "1e3"]), random.place(4) == 0 ? word() : pick(["x", "12", ""]),
      ]
      if random.place(12) == 0 { fields[random.place(4)] = word() }
      if random.place(20) == 0 { fields.append(word()) }
      bytes += fields.joined(separator: separator).utf8
      if random.place(20) == 0 { bytes += word().utf8 }
      if random.place(10) == 0, end == "\n" { bytes += "\r".utf8 }
      if random.place(40) == 0 { bytes.append(0xff) }
    }
    if random.place(2) == 0 { bytes += end.utf8 }
    return bytes
  }

  @Test("gives the rows, faults and lines that reading record by record gives, whatever the blocks and threads")
  func equal() throws {
    let scratch = try Scratch()
    var (inputs, rows, rejects) = (0, 0, 0)
    let made = MadeInputs("blocks", count: 400)
    try made.take { number, random in
      let (name, dialect) = Self.dialects[number % Self.dialects.count]
      let text = text(dialect, &random)
      let path = try scratch.write(text, to: "a.csv")
      var request = Self.request
      if number % 5 == 0 {
        request.rules.keep = [try KeepCondition("note != x")]
        request.rules.missing = ["12"]
      }
      let wanted = try plainOutcome(text, dialect, request)
      inputs += 1
      rows += wanted?.rows ?? 0
      rejects += wanted?.rejects.count ?? 0
      for (threads, size) in [(1, 1 << 20), (1, 1 + random.place(40)), (2, 50), (3, 1 + random.place(200))] {
        let found = try outcome(path, dialect, request, threads: threads, blockSize: size)
        guard found == wanted else {
          let shown = String(decoding: text, as: UTF8.self).debugDescription
          Issue.record("\(made.again(number)): \(name), \(threads) threads, blocks of \(size): \(shown)")
          return false
        }
      }
      return true
    }
    #expect(inputs < 400 || rows > 3000 && rejects > 500)
  }

  @Test("has one unit of times in the order of its rows, however many threads read them")
  func units() throws {
    let scratch = try Scratch()
    let day = "2026-01-01"
    let rows = (0..<40).map { "u\($0),\($0 < 20 ? day : $0 < 30 ? "1700000000" : "1700000000000"),1,x" }
    let path = try scratch.write(
      Array((["who,when,much,note"] + rows).joined(separator: "\n").utf8) + [10], to: "a.csv")
    let dialect = DelimitedDialect(separator: ",")
    let one = try outcome(path, dialect, Self.request, threads: 1, blockSize: 1 << 20)
    let many = try outcome(path, dialect, Self.request, threads: 3, blockSize: 50)
    #expect(one == many)
    #expect(one?.rows == 30 && one?.rejects.count == 10)
  }
}
