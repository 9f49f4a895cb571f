import Artifacts
import Foundation
import RandomNumbers
import SystemFiles
import Tables
import TestKit
import Testing

@testable import Interactions

@Suite("Raw data with faults made at random")
struct HostileDataTests {
  private let folder: Scratch

  init() throws { folder = try Scratch() }

  // MARK: What every reader has to do

  private enum Outcome: Equatable {
    case read(Ingest)
    case refused(String)
  }

  private struct Ingest: Equatable {
    let interactions: Interactions
    let catalog: Catalog
    let rejects: [Reject]
  }

  private func outcome(_ source: TabularSource, _ path: String, skip: Bool) throws -> Outcome {
    var source = source
    source.onBadRow = skip ? .skip : .fail
    source.maxBadRows = 1
    do {
      let read = try source.read(path)
      return .read(Ingest(interactions: read.interactions, catalog: read.catalog, rejects: read.rejects))
    } catch let error as DataError { return .refused("\(error)") }
  }

  /// Reads a file in all ways, and looks if they agree and every refusal is one line that names the file.
  ///
  /// - Parameter sources: that read alike, such as on one and two threads.
  /// - Returns: `true` if it was read, perhaps without bad rows, and whether a row was bad; `nil` if something is wrong.
  private func judge(
    _ sources: [TabularSource], _ path: String, _ again: String
  ) throws -> (isRead: Bool, isBad: Bool)? {
    let name = Files.name(of: path)
    func fail(_ what: String) -> (isRead: Bool, isBad: Bool)? {
      let start = (try? Files.read(path)).map { String(decoding: $0.prefix(2000), as: UTF8.self) } ?? ""
      Issue.record("\(again): \(what): \(start.debugDescription)")
      return nil
    }
    let strict = try outcome(sources[0], path, skip: false)
    let lenient = try outcome(sources[0], path, skip: true)
    for source in sources.dropFirst() {
      guard try outcome(source, path, skip: false) == strict, try outcome(source, path, skip: true) == lenient else {
        return fail("the readers differ")
      }
    }
    for case .refused(let line) in [strict, lenient] {
      guard line.hasPrefix("\(name): "), line.count > name.count + 10, line.utf8.count < 5000,
        !line.unicodeScalars.contains(where: { $0 == "\n" || $0 == "\r" })
          || line.unicodeScalars.contains(where: { $0 == "\"" })
      else { return fail("it says \"\(line)\"") }
    }
    guard MadeInputs.memoryIsBounded() else { return fail("it took too much memory") }
    switch (strict, lenient) {
    case (.read(let strict), .read(let lenient)):
      guard strict == lenient, strict.rejects.isEmpty else { return fail("rows are left out of data without bad rows") }
      return (true, false)
    case (.refused(let line), .read(let lenient)):
      guard let first = lenient.rejects.first, line.hasPrefix("\(first)"), first.file == name, first.place.number > 0
      else {
        return fail("it is refused with \"\(line)\", and the first bad row is another")
      }
      return (true, true)
    case (.refused, .refused): return (false, true)
    case (.read, .refused(let line)): return fail("it is read, and with on-bad-row skip refused: \(line)")
    }
  }

  /// Judges inputs, and looks that some are read, some have bad rows, and some are refused.
  private func judge(
    _ inputs: MadeInputs, to file: String,
    _ make: (Int, inout RandomGenerator) throws -> (bytes: [UInt8], sources: [TabularSource])
  ) throws {
    var (all, read, bad) = (0, 0, 0)
    try inputs.take { number, random in
      let (bytes, sources) = try make(number, &random)
      guard let judged = try judge(sources, folder.write(bytes, to: file), inputs.again(number)) else { return false }
      (all, read, bad) = (all + 1, read + (judged.isRead ? 1 : 0), bad + (judged.isBad ? 1 : 0))
      return true
    }
    #expect(
      all < 50 || read > all / 20 && bad > all / 20, "\(inputs.name): \(read) of \(all) read, \(bad) with bad rows")
  }

  private static let roles = Interactions.Roles(query: "who", candidate: "what", timestamp: "at", weight: "much")

  private static func source(_ format: any TableFormat, _ random: inout RandomGenerator) throws -> TabularSource {
    var source = TabularSource(format: format, roles: roles)
    if random.place(4) == 0 { source.roles.timestamp = nil }
    if random.place(4) == 0 { source.roles.weight = nil }
    if random.place(4) == 0 { source.reading.missing = ["NULL", "\\N", "-"] }
    if random.place(4) == 0 { source.reading.lists = ["note"] }
    if random.place(6) == 0 { source.reading.keep = [try KeepCondition("what != pot")] }
    if random.place(6) == 0 { source.reading.keep.append(try KeepCondition("note in x|12")) }
    if random.place(6) == 0 { source.reading.numbers = NumberStyle(decimal: ",", thousands: ".") }
    if random.place(8) == 0 { source.reading.timeFormat = try TimeFormat("%d.%m.%Y %H:%M") }
    if random.place(6) == 0 { source.rules.duplicates = random.pick([.identical, .first, .last]) }
    if random.place(6) == 0 { source.rules.minimumByQuery = 2 }
    return source
  }

  private static let pieces = [
    "\"", "\"\"", "'", "\\", "\\\"", "\\N", "\n", "\r", "\r\n", "\t", ",", ";", "|", "::", ":", "=", " ", "\0",
    "\u{feff}", "é", "e\u{301}", "🍵", "NULL", "nan", "inf", "-", "1e999", "0", "-1", "1.234,5", "9223372036854775808",
    "1700000000000",
    "2026-11-28", "2026-02-30T25:00:00Z", "28.11.2026 09:05", String(repeating: "x", count: 600), "{", "}", "[", "]",
    "null", "true", "\\u0000", "\\ud800",
  ]

  private static func rows(_ random: inout RandomGenerator) -> [[String]] {
    (0..<random.place(30)).map { _ in
      [
        random.pick(["ann", "bob", "Zoë", "007", "someone with a long name", "x\"y"]),
        random.pick(["tea", "pot", "Küche 🍵", "a, b", "cup"]),
        random.pick(["1767225600", "1767225700", "2026-01-02", "2026-01-02T03:04:05Z", "28.11.2026 09:05"]),
        random.pick(["1", "2.5", "-3", "1e3", "1,5"]), random.pick(["x", "12", "", "a|b", "NULL", "7.5"]),
      ]
    }
  }

  private static let names = ["who", "what", "at", "much", "note"]

  // MARK: Readers

  @Test("is read or refused as delimited text, in every dialect and encoding, on one and two threads alike")
  func delimited() throws {
    try judge(MadeInputs("delimited", count: 800), to: "a.csv") { _, random in
      var format = DelimitedFormat()
      let separator = random.pick([",", ";", "\t", "|", "::", ", "])
      if random.place(3) > 0 { format.separator = separator }
      format.quote = random.pick([UInt8(ascii: "\""), UInt8(ascii: "\""), UInt8(ascii: "'"), nil])
      format.hasBackslashEscapes = random.place(4) == 0
      format.hasHeader = random.place(6) > 0
      if !format.hasHeader || random.place(8) == 0 { format.columns = Self.names }
      let end = random.pick(["\n", "\n", "\r\n", "\r"])
      let quote = format.quote.map { String(UnicodeScalar($0)) } ?? ""
      func line(_ fields: [String]) -> String {
        fields.map { field in
          guard format.quote != nil, field.contains(separator) || field.contains(quote) || random.place(8) == 0 else {
            return field
          }
          return quote + field.replacingOccurrences(of: quote, with: quote + quote) + quote
        }.joined(separator: separator)
      }
      var lines = format.hasHeader ? [line(Self.names)] : []
      if random.place(10) == 0 { lines.insert("sep=\(separator)", at: 0) }
      lines += Self.rows(&random).map(line)
      var text = lines.joined(separator: end) + (random.place(2) == 0 ? end : "")
      if random.place(8) == 0 { text = "\u{feff}" + text }
      var bytes = Array(text.utf8)
      if random.place(3) > 0 { bytes = random.faulty(bytes, Self.pieces) }
      switch random.place(8) {
      case 0:
        bytes = Array(try #require(String(decoding: bytes, as: UTF8.self).data(using: .utf16)))
        if random.place(2) == 0 { bytes = random.faulty(bytes, ["\0"]) }
      case 1: format.encoding = random.pick([.latin1, .windows1252, .utf16])
      default: break
      }
      var source = try Self.source(format, &random)
      return (
        bytes,
        [1, 2].map { threads in
          format.threads = threads
          var copy = TabularSource(format: format, roles: source.roles)
          (copy.reading, copy.rules) = (source.reading, source.rules)
          source = copy
          return copy
        }
      )
    }
  }

  @Test("is read or refused as JSON Lines")
  func jsonLines() throws {
    try judge(MadeInputs("json lines", count: 600), to: "a.jsonl") { _, random in
      func value(_ text: String) -> String {
        switch random.place(12) {
        case 0: "null"
        case 1: "[\"\(text.replacingOccurrences(of: "\"", with: "\\\""))\", 2, null]"
        case 2: "{\"id\": 1, \"deep\": {\"er\": [true]}}"
        default:
          Double(text) == nil || random.place(4) == 0
            ? "\"\(text.replacingOccurrences(of: "\"", with: "\\\""))\"" : text
        }
      }
      let lines = Self.rows(&random).map { row in
        let fields = zip(Self.names, row).map { name, text in
          let isPlain = random.place(6) > 0 && name != "note"
          return "\"\(name)\": " + (isPlain ? "\"\(text.filter { $0 != "\"" })\"" : value(text))
        }
        return "{\(fields.joined(separator: ", "))}"
      }
      var bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
      if random.place(3) > 0 { bytes = random.faulty(bytes, Self.pieces) }
      if random.place(20) == 0 { bytes += Array(repeating: UInt8(ascii: "["), count: random.place(4000)) }
      return (bytes, [try Self.source(JSONLinesFormat(), &random)])
    }
  }

  @Test("is read or refused as lists of adjacency, and as RecBole's atomic files")
  func lists() throws {
    try judge(MadeInputs("adjacency lists", count: 300), to: "a.txt") { _, random in
      let lines = (0..<random.place(20)).map { user in
        (["\(user)"] + (0..<random.place(5)).map { _ in random.pick(["1", "22", "x", "é"]) }).joined(separator: " ")
      }
      var bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
      for _ in 0..<random.place(3) { bytes = random.faulty(bytes, Self.pieces) }
      if random.place(2) == 0 { bytes.insert(0xff, at: random.place(bytes.count + 1)) }
      let format = AdjacencyListFormat(query: "who", candidate: "what")
      return (bytes, [TabularSource(format: format, roles: .init(query: "who", candidate: "what"))])
    }
    try judge(MadeInputs("atomic files", count: 300), to: "a.inter") { _, random in
      let header = [
        "who:token", "what:token", "at:float", "much:float", random.pick(["note:token_seq", "note:token"]),
      ]
      let lines = [header] + Self.rows(&random)
      var bytes = Array((lines.map { $0.joined(separator: "\t") }.joined(separator: "\n") + "\n").utf8)
      if random.place(3) > 0 { bytes = random.faulty(bytes, Self.pieces + [":token", ":float_seq"]) }
      return (bytes, [try Self.source(AtomicFileFormat(), &random)])
    }
  }

  @Test("is read or refused as a database of SQLite")
  func database() throws {
    let script =
      "import sqlite3; connection = sqlite3.connect('whole.db'); "
      + "connection.execute('create table orders (who, what text, at, much real, note)'); "
      + "connection.executemany('insert into orders values (?, ?, ?, ?, ?)', "
      + "[(f'u{row % 40}', f'i{row % 70}' * (row % 3 + 1), 1767225600 + row, row / 2, None if row % 5 else 'é' * row) "
      + "for row in range(300)]); connection.commit(); connection.close()"
    try folder.run("python3", "-c", script)
    let whole = try Files.read(folder.file("whole.db"))
    try judge(MadeInputs("SQLite", count: 200), to: "a.db") { _, random in
      var bytes = whole
      if random.place(8) > 0 {
        for _ in 0...random.place(6) {
          // The header and those of pages are a small part of the file, and decide most.
          let page = random.place(whole.count / 4096) * 4096
          let place = random.place(3) == 0 ? random.place(bytes.count) : page + random.place(110)
          bytes[min(place, bytes.count - 1)] = UInt8(truncatingIfNeeded: random.next())
        }
      }
      if random.place(20) == 0 { bytes.removeLast(random.place(bytes.count)) }
      return (bytes, [try Self.source(SQLiteFormat(), &random)])
    }
  }
}
