/// Why a text is not JSON that this reader takes, and at which byte.
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
    while place < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[place]) { place += 1 }
  }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard place < bytes.count, bytes[place] == UInt8(ascii: character) else { return false }
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
    guard bytes[place...].starts(with: word.utf8) else { throw error("no JSON value begins like this") }
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
      guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { throw error("a key is wanted") }
      let key = try string()
      skipSpace()
      guard take(":") else { throw error("\":\" is wanted") }
      let value = try value(depth: depth - 1)
      guard fields.updateValue(value, forKey: key) == nil else { throw error("key \"\(key)\" is given twice") }
      skipSpace()
      if take("}") { return .object(fields) }
      guard take(",") else { throw error("\",\" or \"}\" is wanted") }
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
      guard take(",") else { throw error("\",\" or \"]\" is wanted") }
    }
  }

  mutating func number() throws(JSONError) -> JSON {
    let start = place
    var isInteger = true
    _ = take("-")
    let digits = place
    while place < bytes.count {
      let byte = bytes[place]
      if byte == UInt8(ascii: ".") || byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
        isInteger = false
      } else if !(isInteger ? false : byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+"))
        && !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte)
      {
        break
      }
      place += 1
    }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    guard place > digits, UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[digits],
      UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[place - 1],
      bytes[digits] != UInt8(ascii: "0") || place == digits + 1 || !isInteger
    else { throw JSONError(offset: start, reason: "no JSON value begins like this") }
    if isInteger {
      guard let value = Int64(text) else { throw JSONError(offset: start, reason: "\(text) does not fit 64 bits") }
      return .integer(value)
    }
    guard let value = Double(text), value.isFinite else {
      throw JSONError(offset: start, reason: "\(text) is no finite number")
    }
    return .number(value)
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
    guard place + 4 <= bytes.count,
      let code = UInt16(String(decoding: bytes[place..<place + 4], as: UTF8.self), radix: 16),
      bytes[place] != UInt8(ascii: "+")
    else { throw error("four hexadecimal digits are wanted") }
    place += 4
    return code
  }
}
