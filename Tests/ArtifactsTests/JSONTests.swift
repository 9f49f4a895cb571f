import Testing

@testable import Artifacts

@Suite("JSON")
struct JSONTests {
  @Test("has one spelling for one value")
  func canonical() throws {
    let cases = [
      ("{ \"b\" : 1 , \"a\" : [ true , null ] }", "{\"a\":[true,null],\"b\":1}"), ("1.0", "1.0"), ("1e2", "100.0"),
      ("0.10", "0.1"), ("-0", "0"), ("\"\\u00e9\\n\\u0001\\/\"", "\"é\\n\\u0001/\""), ("\"\\ud83c\\udfac\"", "\"🎬\""),
      ("9223372036854775807", "9223372036854775807"), ("[]", "[]"), ("{}", "{}"),
      ("{\"é\":1,\"z\":2}", "{\"z\":2,\"é\":1}"),
    ]
    for (text, wanted) in cases {
      #expect(try JSON.parse(text).text == wanted)
      #expect(try JSON.parse(JSON.parse(text).prettyText) == JSON.parse(text))
    }
  }

  @Test("refuses what is none, and what RFC 8259 leaves open")
  func refusals() {
    let broken = [
      "", " ", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "{a:1}", "'a'", "01", "1.", ".5", "+1", "1e", "nan",
      "NaN", "Infinity", "9223372036854775808", "\"\u{1}\"", "\"\\x\"", "\"\\ud83c\"", "\"\\udfac\\ud83c\"", "\"abc",
      "tru", "[1] 2", "1 2", "\"\\u12g4\"", "{\"a\"}", "{1:2}", "--1", "1e999", String(repeating: "[", count: 100_000),
    ]
    for text in broken { #expect(throws: JSONError.self, "\(text.prefix(20))") { try JSON.parse(text) } }
    #expect(throws: JSONError.self) { try JSON.parse([0x22, 0xff, 0x22]) }
    #expect(throws: JSONError.self) { try JSON.parse(Array("\u{feff}1".utf8)) }
  }

  @Test("comes back as it went, whatever the numbers")
  func numbers() throws {
    var bits: UInt64 = 1
    for _ in 0..<2000 {
      bits = bits &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value = Double(bitPattern: bits)
      guard value.isFinite else { continue }
      #expect(try JSON.parse(JSON.number(value).text).number?.bitPattern == value.bitPattern)
      let integer = Int64(bitPattern: bits)
      #expect(try JSON.parse(JSON.integer(integer).text) == .integer(integer))
    }
  }
}

@Suite("The nearest name")
struct NearestNameTests {
  @Test("is what was probably meant, or none")
  func cases() {
    let names = ["epochs", "dimension", "batch-size", "learning-rate", "seed", "by"]
    let wanted: [(String, String?)] = [
      ("epoch", "epochs"), ("Epochs", "epochs"), ("eopchs", "epochs"), ("dimensoin", "dimension"),
      ("batchsize", "batch-size"),
      ("learning_rate", "learning-rate"), ("sede", "seed"), ("x", nil), ("bx", nil), ("BY", "by"), ("", nil),
      ("optimizer", nil),
    ]
    for (name, near) in wanted { #expect(nearestName(to: name, among: names) == near, "\(name)") }
    #expect(nearestName(to: "abd", among: ["abf", "abe"]) == "abe")
    #expect(nearestName(to: "a", among: [String]()) == nil)
  }
}

@Suite("Numbers for people")
struct DecimalsTests {
  @Test("have as many decimals as are asked for, or as are of use")
  func cases() {
    #expect(decimals(0.23565, 4) == "0.2357")
    #expect(decimals(-0.00001, 2) == "0.00")
    #expect(decimals(-1.5, 0) == "-2")
    #expect(decimals(12, 3) == "12.000")
    #expect(decimals(0.999, 2) == "1.00")
    #expect(decimals(.infinity, 2) == "inf")
    #expect(
      [71451.80006, 12.345678, 0.5, 3, -2.5, 1e-7].map(readable) == [
        "71451.8", "12.35", "0.5000", "3", "-2.5000", "1e-07",
      ])
  }
}
