import DisplayText

/// The reason why a text is not JSON that this reader takes, and the byte at which it is not.
package struct JSONError: Error, Equatable, CustomStringConvertible {
  package let offset: Int
  package let reason: String
  package var description: String { "byte \(offset): \(reason)" }
}

extension JSON {
  /// Reads one value. Refuses what RFC 8259 leaves open: a key given twice, integers beyond 64 bits, nesting deeper
  /// than `depth`.
  package static func parse(_ bytes: some Collection<UInt8>, depth: Int = 16) throws(JSONError) -> JSON {
    var parser = JSONParser(bytes: Array(bytes))
    let value = try parser.value(depth: depth)
    parser.skipSpace()
    guard parser.place == parser.bytes.count else { throw parser.error("more text after the value") }
    return value
  }

  package static func parse(_ text: String) throws(JSONError) -> JSON { try parse(Array(text.utf8)) }
}

private struct JSONParser {
  let bytes: [UInt8]
  var place = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  func error(_ reason: String) -> JSONError { JSONError(offset: place, reason: reason) }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { place += 1 }
  }

  var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  mutating func value(depth: Int) throws(JSONError) -> JSON {
    skipSpace()
    guard place < bytes.count else { throw error("the text ends where a value should begin") }
    switch bytes[place] {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  mutating func word(_ word: String, _ value: JSON) throws(JSONError) -> JSON {
    guard bytes[place...].starts(with: word.utf8) else { throw noValue(at: place) }
    place += word.utf8.count
    return value
  }

  mutating func object(depth: Int) throws(JSONError) -> JSON {
    guard depth > 0 else { throw error("nested too deeply") }
    place += 1
    var fields: [String: JSON] = [:]
    skipSpace()
    if take("}") { return .object(fields) }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw error("expected a key") }
      let key = try string()
      skipSpace()
      guard take(":") else { throw error("expected \":\"") }
      let value = try value(depth: depth - 1)
      guard fields.updateValue(value, forKey: key) == nil else {
        throw error("key \"\(key.prefix(40).printable)\" is given twice")
      }
      skipSpace()
      if take("}") { return .object(fields) }
      guard take(",") else { throw error("expected \",\" or \"}\"") }
    }
  }

  mutating func array(depth: Int) throws(JSONError) -> JSON {
    guard depth > 0 else { throw error("nested too deeply") }
    place += 1
    var values: [JSON] = []
    skipSpace()
    if take("]") { return .array(values) }
    while true {
      values.append(try value(depth: depth - 1))
      skipSpace()
      if take("]") { return .array(values) }
      guard take(",") else { throw error("expected \",\" or \"]\"") }
    }
  }

  mutating func number() throws(JSONError) -> JSON {
    let start = place
    _ = take("-")
    let first = place
    let whole = digits()
    guard whole > 0, whole == 1 || bytes[first] != UInt8(ascii: "0") else { throw noValue(at: start) }
    var isInteger = true
    if take(".") {
      isInteger = false
      guard digits() > 0 else { throw noValue(at: start) }
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("-") { _ = take("+") }
      guard digits() > 0 else { throw noValue(at: start) }
    }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    if isInteger {
      guard let value = Int64(text) else {
        throw JSONError(offset: start, reason: "\(text.prefix(40)) does not fit 64 bits")
      }
      return .integer(value)
    }
    guard let value = Double(text), value.isFinite else {
      throw JSONError(offset: start, reason: "\(text.prefix(40)) is beyond a double")
    }
    return .number(value)
  }

  private func noValue(at offset: Int) -> JSONError {
    JSONError(offset: offset, reason: "no JSON value begins like this")
  }

  /// Passes over decimal digits, and says how many there were.
  private mutating func digits() -> Int {
    let start = place
    while let byte = next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { place += 1 }
    return place - start
  }

  mutating func string() throws(JSONError) -> String {
    place += 1
    var raw: [UInt8] = []
    while place < bytes.count {
      let byte = bytes[place]
      place += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: raw, as: UTF8.self) else { throw error("the string is not UTF-8") }
        return text
      case UInt8(ascii: "\\"): raw += Array(String(try escape()).utf8)
      case 0..<0x20: throw error("a control character stands in a string")
      default: raw.append(byte)
      }
    }
    throw error("the string does not end")
  }

  mutating func escape() throws(JSONError) -> Unicode.Scalar {
    guard place < bytes.count else { throw error("the string does not end") }
    let byte = bytes[place]
    place += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var code = UInt32(try hexadecimal())
      if 0xd800..<0xdc00 ~= code {
        guard take("\\"), take("u") else { throw error("half of a surrogate pair") }
        let low = UInt32(try hexadecimal())
        guard 0xdc00..<0xe000 ~= low else { throw error("half of a surrogate pair") }
        code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw error("half of a surrogate pair") }
      return scalar
    default: throw error("an unknown escape")
    }
  }

  mutating func hexadecimal() throws(JSONError) -> UInt16 {
    var code: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("expected four hexadecimal digits")
      }
      code = code << 4 | UInt16(digit)
      place += 1
    }
    return code
  }
}
