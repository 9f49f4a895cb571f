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
    _ text: [UInt8], separator: Character = ",", chunk: Int = .max, isQuoted: Bool = true
  ) throws -> [Read] {
    var reader = DelimitedReader(separator: separator.asciiValue ?? 0, isQuoted: isQuoted)
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
    #expect(records.map(\.fault) == [nil, nil, .textAfterQuote, nil, .unclosedQuote])
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
      let records = try read(text, separator: "|", chunk: chunk, isQuoted: false)
      #expect(records.map(\.fields) == [["\"a\"", "b \"c\"", "\""], ["\"open", "x", ""]])
      #expect(records.allSatisfy { $0.fault == nil })
    }
  }
}
