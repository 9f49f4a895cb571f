import Foundation
import JSON
import Testing

@Suite struct JSONTextTests {
  private func written(_ value: Float) -> String {
    String(decoding: JSONText.of { $0.number(value) }, as: UTF8.self)
  }

  @Test(arguments: ["", "plain", "é😀", "\"\\/", "\n\r\t\u{1}\u{1f}", "a\u{2028}b"])
  func stringsReadBack(text: String) throws {
    let bytes = JSONText.of { $0.string(text) }
    #expect(try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed) as? String == text)
    #expect(try JSONReader.read(bytes) == .string(text))
  }

  @Test(arguments: [
    (Float(0), "0.0"), (1, "1.0"), (-2.5, "-2.5"), (0.1, "0.1"), (2.178, "2.178"), (1.0 / 3, "0.333333343"),
    (123_456.7, "123456.703"), (9_000_000, "9e+06"), (0.00003, "3e-05"), (99_999.97, "99999.9688"),
    (99_999.99, "99999.9922"),
    (.infinity, "Infinity"), (-.infinity, "-Infinity"), (.nan, "NaN"), (-3.4028235e38, "-3.40282347e+38"),
  ])
  func floatsAreAsTensorFlowServingHasThem(value: Float, text: String) {
    #expect(written(value) == text)
  }

  @Test func floatsAreAsCPrintsThem() {
    func wanted(_ value: Float) -> String {
      var text = String(format: "%.6g", Double(value))
      if Float(text) != value { text = String(format: "%.9g", Double(value)) }
      return text.contains(where: { $0 == "." || $0 == "e" }) ? text : text + ".0"
    }
    var generator = Draws(state: 3)
    for _ in 0..<50_000 {
      let any = Float(bitPattern: UInt32.random(in: 0...(.max), using: &generator))
      let short = (Float.random(in: -1000...1000, using: &generator) * 100).rounded() / 100
      let score = Float.random(in: -10...10, using: &generator)
      for value in [any, short, score, score * 0.001, score * 10_000] where value.isFinite {
        #expect(written(value) == wanted(value))
      }
    }
  }
}
