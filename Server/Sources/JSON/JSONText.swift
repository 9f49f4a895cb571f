/// A writer of JSON text, without a tree in between.
package struct JSONText {
  /// The text so far, in UTF-8.
  @usableFromInline package var bytes: [UInt8] = []

  package init() { bytes.reserveCapacity(1024) }

  /// Writes a list.
  ///
  /// - Parameter body: writes one element.
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

  /// Writes an object.
  ///
  /// - Parameter members: the names in order, each with what writes its value.
  package mutating func object(_ members: KeyValuePairs<String, (inout JSONText) -> Void>) {
    self.members(members.map { ($0.key, $0.value) }) { json, value in value(&json) }
  }

  /// Writes an object whose values are all written by one closure.
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
    value.withUTF8 { text in
      // Runs without escapes are appended whole.
      var run = 0
      for (place, byte) in text.enumerated()
      where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        if run < place { bytes.append(contentsOf: text[run..<place]) }
        escaped(byte)
        run = place + 1
      }
      bytes.append(contentsOf: text[run...])
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escaped(_ byte: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    default:
      raw("u00")
      for digit in [byte >> 4, byte & 15] {
        bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      }
    }
  }

  package mutating func number(_ value: Float) { FloatDecimals.append(value, to: &bytes) }

  package static func of(_ body: (inout JSONText) -> Void) -> [UInt8] {
    var json = JSONText()
    body(&json)
    return json.bytes
  }
}
