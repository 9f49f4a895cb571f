import JSON
import Linearity
import Testing

/// Bodies come from anybody, so that none may cost more than its length: each shape is read in sizes doubled.
@Suite("Linear cost", .serialized) struct LinearTests {
  /// A text of about so many bytes: what it begins with, a part that is repeated, and what it ends with.
  struct Shape: Sendable, CustomTestStringConvertible {
    let name: String
    var head = ""
    var part: @Sendable (Int) -> String
    var tail = ""
    var isRead = true

    init(
      _ name: String, _ head: String, _ tail: String, isRead: Bool = true, _ part: @escaping @Sendable (Int) -> String
    ) {
      (self.name, self.head, self.tail, self.isRead, self.part) = (name, head, tail, isRead, part)
    }

    init(_ name: String, _ head: String, _ part: String, _ tail: String, isRead: Bool = true) {
      self.init(name, head, tail, isRead: isRead) { _ in part }
    }

    var testDescription: String { name }

    func text(_ size: Int) -> [UInt8] {
      var bytes = Array(head.utf8)
      bytes.reserveCapacity(size + 64)
      var number = 0
      while bytes.count + tail.utf8.count < size {
        bytes += part(number).utf8
        number += 1
      }
      return bytes + tail.utf8
    }
  }

  static let shapes = [
    Shape("plain text", "\"", "abcdefgh", "\""),
    Shape("text after an escape", "\"\\n", "abcdefgh", "\""),
    Shape("text before an escape", "\"", "abcdefgh", "\\n\""),
    Shape("escapes alone", "\"", "\\n", "\""),
    Shape("an escape every few letters", "\"", "abc\\\"", "\""),
    Shape("escapes by number", "\"", "\\u00e9", "\""),
    Shape("pairs of surrogates", "\"", "\\ud83d\\ude00", "\""),
    Shape("letters of more than one byte", "\"", "é😀", "\""),
    Shape("marks that join one letter", "\"e", "\u{301}", "\""),
    Shape("text that does not end", "\"\\n", "a", "", isRead: false),
    Shape("an escape that is none, late", "\"\\n", "a", "\\x\"", isRead: false),
    Shape("half a pair, late", "\"", "\\ud83d\\ude00", "\\ud83d\"", isRead: false),
    Shape("digits", "1", "0", "", isRead: false),
    Shape("digits with an exponent", "1", "0", "e-9999999"),
    Shape("digits behind the point", "0.", "123456789", ""),
    Shape("zeros behind the point", "0.", "0", "1"),
    Shape("an exponent of zeros", "1e", "0", "1"),
    Shape("an exponent of digits", "1e-", "9", ""),
    Shape("numbers", "[0", ",0", "]"),
    Shape("numbers with points", "[0", ",-1.25e-3", "]"),
    Shape("numbers nobody ends", "[0", ",0", "", isRead: false),
    Shape("empty lists", "[[]", ",[]", "]"),
    Shape("lists of one", "[[0]", ",[0]", "]"),
    Shape("lists that are deep, one after another", "[0", "]") { _ in
      "," + String(repeating: "[", count: 190) + String(repeating: "]", count: 190)
    },
    Shape("lists too deep", "", "[", "", isRead: false),
    Shape("objects too deep", "", "{\"a\":", "", isRead: false),
    Shape("objects", "[0", ",{\"name\":1}", "]"),
    Shape("members of other names", "{\"a\":0", "}") { ",\"k\($0)\":0" },
    Shape("members of one name", "{\"a\":0", ",\"a\":0", "}"),
    Shape("a long name of a member", "{\"\\n", "a", "\":0}"),
    Shape("names of escapes", "{\"a\":0", ",\"\\u0061\":0", "}"),
    Shape("texts", "[\"\"", ",\"\"", "]"),
    Shape("texts of one escape", "[\"\"", ",\"\\n\"", "]"),
    Shape("space before", "", " \n\r\t", "0"),
    Shape("space between", "[1,", " ", "2]"),
    Shape("space alone", "", " ", "", isRead: false),
    Shape("words", "[true", ",false,null,NaN,-Infinity", "]"),
    Shape("what follows the value", "0 ", "[\"", ""),
    Shape("a mark of the order of bytes, then text", "\u{FEFF}\"\\n", "a", "\""),
  ]

  @Test("of reading", arguments: shapes) func reading(shape: Shape) {
    #expect(((try? JSONReader.read(shape.text(4_096))) != nil) == shape.isRead)
    let growth = Growth.of(Growth.sizes.map(shape.text)) { _ = try? JSONReader.read($0) }
    #expect(growth.isLinear, "\(growth)")
  }

  @Test("of refusing a final byte that is not UTF-8") func invalid() {
    let growth = Growth.of(
      Growth.sizes.map { [0x22, 0x5C, 0x6E] + [UInt8](repeating: 0x61, count: $0) + [0xFF, 0x22] }
    ) { bytes in
      #expect(throws: JSONError.self) { try JSONReader.read(bytes) }
    }
    #expect(growth.isLinear, "\(growth)")
  }

  @Test("of looking up a missing member") func members() {
    let growth = Growth.of(Growth.sizes.map { try? JSONReader.read(Self.members.text($0)) }) { value in
      _ = value?["not there"]
    }
    #expect(growth.isLinear, "\(growth)")
  }

  private static let members = Shape("", "{\"a\":0", "}") { ",\"k\($0)\":0" }

  @Test("of writing text", arguments: ["plain", "\n", "\u{1}", "\"\\", "é😀", "a\"b"])
  func writing(part: String) {
    let growth = Growth.of(Growth.sizes.map { String(repeating: part, count: $0 / part.utf8.count) }) { text in
      _ = JSONText.of { $0.string(text) }
    }
    #expect(growth.isLinear, "\(growth)")
  }

  @Test("of writing shallow values with indentation") func indenting() {
    let growth = Growth.of(Growth.sizes.map { JSONValue.array(Array(repeating: .array([.null]), count: $0 / 8)) }) {
      value in
      _ = JSONText.of { $0.indented(value) }
    }
    #expect(growth.isLinear, "\(growth)")
  }

  /// One of a megabyte nested 190 deep is 400 MB of spaces, where nothing ends it.
  @Test(
    "of indentation beyond a limit is nothing",
    arguments: [
      Shape("deep lists", "[0", "]") { _ in
        "," + String(repeating: "[", count: 190) + String(repeating: "]", count: 190)
      },
      Shape("numbers", "[0", ",0", "]"), Shape("a text", "\"\\n", "\\u0001", "\""),
      Shape("a text of one letter", "\"e", "\u{301}", "\""), Shape("a number", "0.", "1", ""),
      Shape("a name", "{\"\\n", "\\u0001", "\":{}}"),
    ])
  func limit(shape: Shape) throws {
    let value = try JSONReader.read(shape.text(1 << 20))
    for limit in [0, 1, 100, 4_000] {
      let cut = JSONText.of { $0.indented(value, limit: limit) }
      // A text or a name that is cut has at most six bytes for each of its scalars, and a line 760 spaces before it.
      #expect(cut.count <= 7 * limit + 1_000)
      if shape.name == "numbers" { #expect(JSONText.of { $0.indented(value) }.prefix(limit) == cut.prefix(limit)) }
    }
  }

  @Test("of memory: 24 bytes for a value in an array") func memory() { #expect(MemoryLayout<JSONValue>.stride <= 24) }
}
