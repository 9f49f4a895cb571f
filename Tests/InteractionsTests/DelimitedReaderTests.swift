import RandomNumbers
import Tables
import Testing

@testable import Interactions

@Suite("Delimited text")
struct DelimitedReaderTests {
  private struct Read: Equatable {
    var line: Int
    var fields: [String]
    var fault: RowFault?
  }

  private func read(
    _ text: [UInt8], separator: String = ",", chunk: Int = .max, _ change: (inout DelimitedDialect) -> Void = { _ in }
  ) throws -> [Read] {
    var dialect = DelimitedDialect(separator: Array(separator.utf8))
    change(&dialect)
    var reader = DelimitedReader(dialect)
    var records: [Read] = []
    func take(_ record: DelimitedRecord) {
      let fields = (0..<record.count).map { String(decoding: record.bytes($0), as: UTF8.self) }
      records.append(Read(line: record.line, fields: fields, fault: record.problem?.fault))
    }
    var rest = text[...]
    while !rest.isEmpty {
      let part = Array(rest.prefix(chunk))
      rest = rest.dropFirst(part.count)
      try reader.take(part.span, take)
    }
    try reader.finish(take)
    return records
  }

  @Test("is split as RFC 4180 specifies")
  func cases() throws {
    let cases: [(String, [[String]])] = [
      ("a,b\nc,d\n", [["a", "b"], ["c", "d"]]), ("a,b\r\nc,d", [["a", "b"], ["c", "d"]]),
      ("\"a,b\",\"c\"\"d\"\n", [["a,b", "c\"d"]]), ("\"two\r\nlines\",x\n", [["two\r\nlines", "x"]]),
      (",\n", [["", ""]]), ("\"\"\n", [[""]]), ("a\n\n\nb\n", [["a"], ["b"]]), ("", []), ("\n", []), ("\r\n", []),
      ("\u{feff}a,b\n", [["a", "b"]]), ("\u{feff}\"a\",b\n", [["a", "b"]]), ("5\" pipe,x\n", [["5\" pipe", "x"]]),
      ("a,\"\"\"\"\n", [["a", "\""]]), ("\"a\"\r\n\"b\"", [["a"], ["b"]]), ("a,b,\n", [["a", "b", ""]]),
      ("a,b\r", [["a", "b"]]),
    ]
    for (text, wanted) in cases {
      for chunk in [1, 2, 3, 1000] {
        let records = try read(Array(text.utf8), chunk: chunk)
        #expect(records.map(\.fields) == wanted, "\(text.debugDescription) by \(chunk)")
        #expect(records.allSatisfy { $0.fault == nil })
      }
    }
    #expect(try read(Array("a\tb;c\n".utf8), separator: "\t").map(\.fields) == [["a", "b;c"]])
  }

  @Test("reports a malformed record by its first line and continues reading")
  func broken() throws {
    let text = "a,b\n\"x\ny\",1\n\"q\"z,2\nc,3\n\"open,4\nnever"
    let records = try read(Array(text.utf8))
    #expect(records.map(\.line) == [1, 2, 4, 5, 6])
    #expect(records.map(\.fault) == [nil, nil, .textAfterQuote(behindBackslash: false), nil, .unclosedQuote])
  }

  @Test("is read the same in chunks of any size")
  func roundTrip() throws {
    var random = RandomGenerator(seed: 8, stream: "delimited")
    let pieces = ["a", "bc", ",", "\"", "\n", "\r\n", " ", "é", "🎬", "", "\t"]
    for _ in 0..<200 {
      let columns = Int(random.below(4)) + 2
      let rows = (0..<random.below(6)).map { _ in
        (0..<columns).map { _ in
          (0..<random.below(4)).map { _ in pieces[Int(random.below(UInt64(pieces.count)))] }.joined()
        }
      }
      var text = ""
      for row in rows {
        let cells = row.map { cell in
          let needsQuotes =
            cell.unicodeScalars.contains { ",\"\n\r".unicodeScalars.contains($0) } || random.below(3) == 0
          let doubled = cell.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined()
          return needsQuotes ? "\"\(doubled)\"" : cell
        }
        text += cells.joined(separator: ",") + (random.below(2) == 0 ? "\n" : "\r\n")
      }
      for chunk in [1, 7, 4096] { #expect(try read(Array(text.utf8), chunk: chunk).map(\.fields) == rows) }
    }
  }

  @Test("without quoting keeps quotes as characters, in chunks of any size")
  func unquoted() throws {
    let text = Array("\"a\"|b \"c\"|\"\n\"open|x|\r\n".utf8)
    for chunk in [1, 2, 5, 100] {
      let records = try read(text, separator: "|", chunk: chunk) { $0.quote = nil }
      #expect(records.map(\.fields) == [["\"a\"", "b \"c\"", "\""], ["\"open", "x", ""]])
      #expect(records.allSatisfy { $0.fault == nil })
    }
  }

  @Test("has separators of several characters, which end fields and quotes in chunks of any size")
  func longSeparators() throws {
    let cases: [(String, [[String]])] = [
      ("1::Star Wars: IV (1977)::Sci-Fi\n", [["1", "Star Wars: IV (1977)", "Sci-Fi"]]),
      ("a:::b\n", [["a", ":b"]]), ("::\n", [["", ""]]), ("a:\n", [["a:"]]),
      ("\"a::b\"::c\n", [["a::b", "c"]]), ("\"a\"::\"b\"\r\n", [["a", "b"]]),
    ]
    for (text, wanted) in cases {
      for chunk in [1, 2, 3, 100] {
        let records = try read(Array(text.utf8), separator: "::", chunk: chunk)
        #expect(records.map(\.fields) == wanted, "\(text) by \(chunk)")
        #expect(records.allSatisfy { $0.fault == nil })
      }
    }
    #expect(
      try read(Array("\"a\":b::c\n".utf8), separator: "::").map(\.fault) == [.textAfterQuote(behindBackslash: false)])
  }

  @Test("has backslash escapes where they are asked for, and names them where they are not")
  func escapes() throws {
    let cases: [(String, [[String]])] = [
      (#""the \"best\" of";x"# + "\n", [["the \"best\" of", "x"]]),
      (#"a\;b;\N;\\N;\Nx"# + "\n", [["a;b", "", "\\N", "\\Nx"]]),
      (#"one\ntwo;\t"# + "\n", [["one\ntwo", "\t"]]), ("a\\\nb;c\nd;e\n", [["a\nb", "c"], ["d", "e"]]),
      ("a;b\\", [["a", "b\\"]]),
    ]
    for (text, wanted) in cases {
      for chunk in [1, 2, 100] {
        let records = try read(Array(text.utf8), separator: ";", chunk: chunk) { $0.hasBackslashEscapes = true }
        #expect(records.map(\.fields) == wanted, "\(text) by \(chunk)")
      }
    }
    let lines = try read(Array("a\\\nb;c\nd;e\n".utf8), separator: ";") { $0.hasBackslashEscapes = true }.map(\.line)
    #expect(lines == [1, 3])
    let plain = try read(Array(#""the \"best\" of";x"#.utf8), separator: ";")
    #expect(plain.map(\.fault) == [.textAfterQuote(behindBackslash: true)])
  }

  @Test("may end its lines with a carriage return alone")
  func carriageReturns() throws {
    let text = Array("a,\"b\nc\"\rd,e\r\rf,g".utf8)
    for chunk in [1, 2, 100] {
      let records = try read(text, chunk: chunk) { $0.lineEnd = .carriageReturn }
      #expect(records.map(\.fields) == [["a", "b\nc"], ["d", "e"], ["f", "g"]])
      #expect(records.map(\.line) == [1, 2, 4])
    }
  }
}
