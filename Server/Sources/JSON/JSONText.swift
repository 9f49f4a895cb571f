/// JSON as it is written out: no tree in between.
package struct JSONText {
  /// UTF-8.
  @usableFromInline package var bytes: [UInt8] = []

  package init() { bytes.reserveCapacity(1024) }

  /// - Parameter body: writes each element; commas come between them.
  @inlinable package mutating func list<Element>(
    _ elements: some Sequence<Element>, _ body: (inout JSONText, Element) -> Void
  ) {
    bytes.append(UInt8(ascii: "["))
    var isFirst = true
    for element in elements {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      body(&self, element)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// - Parameter members: what writes each value, by name, in this order.
  package mutating func object(_ members: KeyValuePairs<String, (inout JSONText) -> Void>) {
    self.members(members.map { ($0.key, $0.value) }) { json, value in value(&json) }
  }

  /// An object of members whose values are written in one way.
  @inlinable package mutating func members<Value>(
    _ members: [(String, Value)], _ body: (inout JSONText, Value) -> Void
  ) {
    bytes.append(UInt8(ascii: "{"))
    for (place, member) in members.enumerated() {
      if place > 0 { bytes.append(UInt8(ascii: ",")) }
      string(member.0)
      bytes.append(UInt8(ascii: ":"))
      body(&self, member.1)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  package mutating func raw(_ json: String) {
    var json = json
    json.withUTF8 { bytes.append(contentsOf: $0) }
  }

  package mutating func string(_ value: String) {
    bytes.append(UInt8(ascii: "\""))
    var value = value
    let isPlain = value.withUTF8 { text in
      let isPlain = text.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
      if isPlain { bytes.append(contentsOf: text) }
      return isPlain
    }
    if !isPlain { for byte in value.utf8 { escaped(byte) } }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escaped(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): raw("\\\"")
    case UInt8(ascii: "\\"): raw("\\\\")
    case 0x0A: raw("\\n")
    case 0x0D: raw("\\r")
    case 0x09: raw("\\t")
    case ..<0x20: raw((byte < 0x10 ? "\\u000" : "\\u00") + String(byte, radix: 16))
    default: bytes.append(byte)
    }
  }

  package mutating func number(_ value: Float) { FloatDecimals.append(value, to: &bytes) }

  package static func of(_ body: (inout JSONText) -> Void) -> [UInt8] {
    var json = JSONText()
    body(&json)
    return json.bytes
  }
}
