import Foundation
import JSON
import Testing

@Suite struct JSONReaderTests {
  private func read(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8)) }

  @Test(arguments: [
    ("null", JSONValue.null), ("true", .bool(true)), (" false ", .bool(false)), ("-0.5e+10", .number("-0.5e+10")),
    ("12345678901234567890", .number("12345678901234567890")), ("\"\"", .string("")), ("[]", .array([])),
    ("{}", .object([])), ("[1,[\"a\"]]", .array([.number("1"), .array([.string("a")])])), ("NaN", .number("NaN")),
    ("-Infinity", .number("-Infinity")), ("\"\\u00e9\\ud83d\\ude00\\n\\/\"", .string("é😀\n/")),
    ("\"é😀\"", .string("é😀")),
  ])
  func values(text: String, value: JSONValue) throws { #expect(try read(text) == value) }

  @Test func textAfterTheFirstValueIsIgnored() throws {
    #expect(try read("[1] nonsense") == .array([.number("1")]))
  }

  @Test func theFirstOfRepeatedMembersCounts() throws { #expect(try read(#"{"a":1,"a":2}"#)["a"]?.integer == 1) }

  /// The words and places are RapidJSON's.
  @Test(arguments: [
    ("", "The document is empty.", 0), ("  ", "The document is empty.", 2), ("x", "Invalid value.", 0),
    ("{1:2}", "Missing a name for object member.", 1),
    ("{\"a\" 1}", "Missing a colon after a name of object member.", 5),
    ("{\"a\":1 \"b\":2}", "Missing a comma or } after an object member.", 7),
    ("[1 2]", "Missing a comma or ] after an array element.", 3),
    ("[1", "Missing a comma or ] after an array element.", 2),
    ("\"abc", "Missing a closing quotation mark in string.", 4), ("\"\\x\"", "Invalid escape character in string.", 1),
    ("\"\\u12g4\"", "Incorrect hex digit after \\u escape in string.", 1),
    ("\"\\ud800\"", "The surrogate pair in string is invalid.", 1),
    ("\"\\udc00\"", "The surrogate pair in string is invalid.", 1),
    ("1.", "Miss fraction part in number.", 2), ("1e", "Miss exponent in number.", 2),
    ("1e999", "Number too big to be stored in double.", 0), ("\"a\u{1}b\"", "Invalid encoding in string.", 2),
  ])
  func whatIsBrokenIsSaid(text: String, reason: String, offset: Int) {
    #expect(throws: JSONError.self) { try read(text) }
    do { _ = try read(text) } catch let failure as JSONError {
      #expect(failure.reason.rawValue == reason)
      #expect(failure.offset == offset)
    } catch {}
  }

  @Test func bytesThatAreNoUTF8AreRefused() {
    #expect(throws: JSONError.self) { try JSONReader.read([0x22, 0xFF, 0x22]) }
  }

  @Test func deepNestingIsRefusedAndEndsNothing() {
    let deep = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
    #expect(throws: JSONError.self) { try JSONReader.read(deep) }
  }

  /// What Foundation reads and writes, this reads as the same.
  @Test func agreesWithFoundation() throws {
    var generator = Draws(state: 1)
    func value(_ depth: Int) -> Any {
      switch Int.random(in: 0..<(depth > 3 ? 4 : 6), using: &generator) {
      case 0: return NSNull()
      case 1: return Bool.random(using: &generator)
      case 2: return Int.random(in: -1_000_000...1_000_000, using: &generator)
      case 3:
        let scalars = (0..<Int.random(in: 0..<9, using: &generator)).compactMap { _ in
          Unicode.Scalar(UInt32.random(in: 0...0x1FFFF, using: &generator))
        }
        return String(String.UnicodeScalarView(scalars))
      case 4: return (0..<Int.random(in: 0..<5, using: &generator)).map { _ in value(depth + 1) }
      default:
        return Dictionary(
          uniqueKeysWithValues: (0..<Int.random(in: 0..<5, using: &generator)).map { ("k\($0)\"", value(depth + 1)) })
      }
    }
    func plain(_ value: JSONValue) -> Any {
      switch value {
      case .null: NSNull()
      case .bool(let isTrue): isTrue
      case .number(let text): Int(text) ?? .max
      case .string(let text): text
      case .array(let values): values.map(plain)
      case .object(let members): Dictionary(uniqueKeysWithValues: members.map { ($0.name, plain($0.value)) })
      }
    }
    for _ in 0..<2_000 {
      let made = value(0)
      let data = try JSONSerialization.data(withJSONObject: made, options: [.fragmentsAllowed])
      let read = try JSONReader.read(Array(data))
      #expect(
        NSDictionary(object: plain(read), forKey: "x" as NSString)
          == NSDictionary(object: made, forKey: "x" as NSString))
      let written = JSONText.of { $0.indented(read) }
      #expect(try JSONReader.read(written) == read)
    }
  }

  /// A body is never a crash: read, or refused at a place that is in it.
  @Test func brokenBodiesAreRefused() throws {
    let sound = Array(
      #"{"instances":[{"queries":"4\u00322","exclusions":["a",null,-1.5e3]}],"signature_name":"x"}"#.utf8)
    var generator = Draws(state: 2)
    for _ in 0..<20_000 {
      var bytes = sound
      for _ in 0..<Int.random(in: 1..<5, using: &generator) {
        let place = Int.random(in: bytes.indices, using: &generator)
        bytes[place] = UInt8.random(in: 0...255, using: &generator)
      }
      if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 1..<bytes.count, using: &generator)) }
      do { _ = try JSONReader.read(bytes) } catch { #expect(0...bytes.count + 12 ~= error.offset) }
    }
  }
}
