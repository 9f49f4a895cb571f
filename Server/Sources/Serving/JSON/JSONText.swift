import Foundation

/// JSON as it is written out: no tree in between.
struct JSONText {
  private(set) var text = ""

  /// - Parameter separator: written between the elements.
  mutating func list<Element>(_ elements: some Sequence<Element>, _ body: (inout JSONText, Element) -> Void) {
    text.append("[")
    var isFirst = true
    for element in elements {
      if !isFirst { text.append(",") }
      isFirst = false
      body(&self, element)
    }
    text.append("]")
  }

  /// - Parameter members: what writes each value, by name, in this order.
  mutating func object(_ members: KeyValuePairs<String, (inout JSONText) -> Void>) {
    text.append("{")
    var isFirst = true
    for (name, value) in members {
      if !isFirst { text.append(",") }
      isFirst = false
      string(name)
      text.append(":")
      value(&self)
    }
    text.append("}")
  }

  mutating func raw(_ json: String) { text.append(json) }

  mutating func string(_ value: String) {
    text.append("\"")
    var plain = true
    for byte in value.utf8 where byte < 0x20 || byte == 0x22 || byte == 0x5c { plain = false }
    if plain {
      text.append(value)
    } else {
      for scalar in value.unicodeScalars {
        switch scalar {
        case "\"": text.append("\\\"")
        case "\\": text.append("\\\\")
        case "\n": text.append("\\n")
        case "\r": text.append("\\r")
        case "\t": text.append("\\t")
        case _ where scalar.value < 0x20:
          let digits = String(scalar.value, radix: 16)
          text.append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
        default: text.unicodeScalars.append(scalar)
        }
      }
    }
    text.append("\"")
  }

  mutating func number(_ value: Float) { text.append(FloatDecimals.text(value)) }

  static func of(_ body: (inout JSONText) -> Void) -> String {
    var json = JSONText()
    body(&json)
    return json.text
  }
}

/// A request's body, read.
enum JSONBody {
  struct Failure: Error { let reason: String }

  /// - Throws: `Failure` where it is not one JSON value.
  static func parse(_ data: Data) throws(Failure) -> Any {
    guard !data.isEmpty else { throw Failure(reason: "The document is empty") }
    do { return try JSONSerialization.jsonObject(with: data, options: [.fragmentsAllowed]) } catch {
      throw Failure(reason: "Invalid value. at offset: 0")
    }
  }
}
