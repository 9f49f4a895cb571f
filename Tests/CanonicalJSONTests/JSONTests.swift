import DisplayText
import TestKit
import Testing

@testable import CanonicalJSON

@Suite struct JSONTests {
  @Test("values have one spelling: keys sorted by bytes, no spaces, shortest numbers")
  func canonical() throws {
    let value: JSON = [
      "b": [1, true, .null, .number(0.1), .number(1), .number(1e22), .number(-0.0)], "a": "x\"\\\n\u{1}é😀", "B": [:],
      "é": [],
    ]
    #expect(
      value.text
        == #"{"B":{},"a":"x\"\\\n\u0001é😀","b":[1,true,null,0.1,1.0,1e+22,-0.0],"é":[]}"#)
    #expect(try JSON.parse(" {\n\t\"b\" : [ 1 ] , \"a\":{ } } \r\n").text == #"{"a":{},"b":[1]}"#)
  }

  @Test("indented text has two spaces a level and parses to the same value")
  func pretty() throws {
    let value: JSON = ["list": [1, 2], "none": [], "text": "x"]
    #expect(
      value.prettyText == """
        {
          "list": [
            1,
            2
          ],
          "none": [],
          "text": "x"
        }
        """)
    #expect(try JSON.parse(value.prettyText) == value)
  }

  @Test("numbers keep their kind, and doubles all their bits")
  func numbers() throws {
    #expect(try JSON.parse("9223372036854775807") == .integer(.max))
    #expect(try JSON.parse("-9223372036854775808") == .integer(.min))
    #expect(try JSON.parse("1.0") == .number(1) && JSON.parse("1") == .integer(1))
    #expect(try JSON.parse("-0") == .integer(0))
    #expect(try JSON.parse("1E+2") == .number(100) && JSON.parse("25e-1") == .number(2.5))
    for value in [0.1, 1 / 3, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1e-7, 123456789.125] {
      #expect(try JSON.parse(JSON.number(value).text).number?.bitPattern == value.bitPattern)
    }
    #expect(JSON.number(.nan).text == "null" && JSON.number(.infinity).text == "null")
  }

  @Test("escapes are decoded, surrogate pairs included")
  func escapes() throws {
    #expect(try JSON.parse(#""\"\\\/\b\f\n\r\té\uD83D\uDE00\u0000""#).string == "\"\\/\u{8}\u{c}\n\r\té😀\0")
  }

  @Test("written values are parsed to equal values, and written again to equal text")
  func roundTrip() throws {
    var numbers = Numbers(1)
    for _ in 0..<2_000 {
      let value = Self.random(depth: 4, &numbers)
      let read = try JSON.parse(value.text)
      #expect(read == value && read.text == value.text)
      #expect(try JSON.parse(value.prettyText).text == value.text)
    }
  }

  private static func random(depth: Int, _ numbers: inout Numbers) -> JSON {
    switch Int.random(in: 0..<(depth == 0 ? 5 : 7), using: &numbers) {
    case 0: return .null
    case 1: return .bool(numbers.next() & 1 == 0)
    case 2: return .integer(Int64(bitPattern: numbers.next() >> (numbers.next() & 63)))
    case 3:
      let value = Double(bitPattern: numbers.next())
      return .number(value.isFinite ? value : 0.5)
    case 4: return .string(text(&numbers))
    case 5: return .array((0..<Int(numbers.next() % 4)).map { _ in random(depth: depth - 1, &numbers) })
    default:
      let fields = (0..<Int(numbers.next() % 4)).map { _ in (text(&numbers), random(depth: depth - 1, &numbers)) }
      return .object(Dictionary(fields) { first, _ in first })
    }
  }

  private static func text(_ numbers: inout Numbers) -> String {
    let alphabet: [Unicode.Scalar] = [
      "a", "\"", "\\", "\n", "\u{0}", "\u{1f}", "\u{7f}", "é", "\u{301}", "😀", "/", " ",
    ]
    var text = ""
    for _ in 0..<numbers.next() % 6 {
      text.unicodeScalars.append(alphabet[Int(numbers.next() % UInt64(alphabet.count))])
    }
    return text
  }

  @Test(
    "text that is not JSON, or is ambiguous, is refused with its position",
    arguments: [
      ("", 0), ("   ", 3), ("nul", 0), ("truex", 4), ("True", 0), ("NaN", 0), ("Infinity", 0), ("-", 0), ("+1", 0),
      (".5", 0), ("1.", 0), ("1.e5", 0), ("01", 0), ("-01", 0), ("01.5", 0), ("1e", 0), ("1e+", 0), ("0x10", 1),
      ("1.5.5", 3), ("1-", 1), ("9223372036854775808", 0), ("-9223372036854775809", 0), ("1e400", 0),
      ("1 2", 2), ("{}{}", 2), ("[1,]", 3), ("[1 2]", 3), ("[,1]", 1), ("[", 1), ("[1", 2), ("]", 0), ("{", 1),
      ("{\"a\"}", 4), ("{\"a\":}", 5), ("{\"a\":1,}", 7), ("{a:1}", 1), ("{1:1}", 1), ("{\"a\":1,\"a\":2}", 12),
      ("{\"é\":1,\"e\u{301}\":2}", 15), ("\"", 1), ("\"a", 2), ("\"\n\"", 2), ("\"\\x\"", 3), ("\"\\u12\"", 5),
      ("\"\\u-000\"", 3), ("\"\\u+123\"", 3), ("\"\\uD800\"", 7), ("\"\\uD800\\n\"", 8), ("\"\\uD800\\u0041\"", 13),
      ("\"\\uDC00\"", 7), ("'a'", 0), ("/* */ 1", 0),
    ])
  func refused(text: String, offset: Int) {
    let error = #expect(throws: JSONError.self) { try JSON.parse(text) }
    #expect(error?.offset == offset, "\(text.printable): \(error?.description ?? "")")
  }

  @Test("bytes that are not UTF-8 are refused: cut, overlong, surrogate, beyond Unicode")
  func notUTF8() {
    for bytes: [UInt8] in [[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x80]] {
      let error = #expect(throws: JSONError.self) { try JSON.parse([0x22] + bytes + [0x22]) }
      #expect(error?.reason == "the string is not UTF-8")
    }
    #expect(throws: JSONError.self) { try JSON.parse([0xef, 0xbb, 0xbf, 0x31]) }
  }

  @Test("nesting is bounded far below the depth that would exhaust the stack")
  func depth() throws {
    let nested = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
    #expect(try JSON.parse(nested(16)).array?.count == 1)
    #expect(throws: JSONError(offset: 16, reason: "nested too deeply")) { try JSON.parse(nested(17)) }
    #expect(throws: JSONError.self) { try JSON.parse(nested(100_000)) }
    #expect(throws: JSONError.self) { try JSON.parse(String(repeating: "{\"a\":", count: 100_000)) }
  }

  @Test("an error is one short line, however long or odd the text is")
  func shortErrors() {
    let long = String(repeating: "9", count: 100_000)
    let number = #expect(throws: JSONError.self) { try JSON.parse(long) }
    #expect((number?.description.count ?? 0) < 100)
    let key = "\"\\u001b[2J\\n\(long)\":1"
    let twice = #expect(throws: JSONError.self) { try JSON.parse("{\(key),\(key)}") }
    #expect(twice?.description.contains { $0 == "\n" || $0 == "\u{1b}" } == false)
    #expect((twice?.description.count ?? 0) < 200)
  }
}
