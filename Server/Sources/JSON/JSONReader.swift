/// Reads the first JSON value of a body as RapidJSON does in TensorFlow Serving: NaN and Infinity are numbers, text
/// after the value is ignored, and errors have RapidJSON's messages and offsets.
package struct JSONReader {
  /// The greatest depth of nesting: values are read by recursion.
  package static let maximumDepth = 200

  private let bytes: [UInt8]
  private var place = 0
  /// A scratch buffer for strings with escapes.
  private var text: [UInt8] = []

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Reads the first value of `bytes`. O(bytes), whatever they hold.
  ///
  /// - Throws: `JSONError` if there is no value, or an invalid one.
  package static func read(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
    var reader = JSONReader(bytes)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.place = 3 }
    reader.skipSpace()
    guard reader.place < bytes.count else { throw reader.failure(.empty) }
    return try reader.value(depth: 0)
  }

  private func failure(_ reason: JSONError.Reason, at offset: Int? = nil) -> JSONError {
    JSONError(reason, offset: offset ?? place)
  }

  /// The next byte; 0 at the end.
  private var next: UInt8 { place < bytes.count ? bytes[place] : 0 }

  private mutating func skipSpace() {
    while next == 0x20 || next == 0x0A || next == 0x0D || next == 0x09 { place += 1 }
  }

  private mutating func skip(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    place += 1
    return true
  }

  private mutating func skip(_ word: StaticString) -> Bool {
    let isThere = word.withUTF8Buffer { bytes[place...].starts(with: $0) }
    if isThere { place += word.utf8CodeUnitCount }
    return isThere
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    guard depth < Self.maximumDepth else { throw failure(.tooDeep) }
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t") where skip("true"): return .bool(true)
    case UInt8(ascii: "f") where skip("false"): return .bool(false)
    case UInt8(ascii: "n") where skip("null"): return .null
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): throw failure(.invalidValue)
    default: return .number(try number())
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
    place += 1
    skipSpace()
    var members: [JSONValue.Member] = []
    if skip(UInt8(ascii: "}")) { return .object(members) }
    while true {
      guard next == UInt8(ascii: "\"") else { throw failure(.missingName) }
      let name = try string()
      skipSpace()
      guard skip(UInt8(ascii: ":")) else { throw failure(.missingColon) }
      skipSpace()
      members.append(JSONValue.Member(name: name, value: try value(depth: depth + 1)))
      skipSpace()
      if skip(UInt8(ascii: "}")) { return .object(members) }
      guard skip(UInt8(ascii: ",")) else { throw failure(.unendedObject) }
      skipSpace()
    }
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
    place += 1
    skipSpace()
    var values: [JSONValue] = []
    if skip(UInt8(ascii: "]")) { return .array(values) }
    while true {
      values.append(try value(depth: depth + 1))
      skipSpace()
      if skip(UInt8(ascii: "]")) { return .array(values) }
      guard skip(UInt8(ascii: ",")) else { throw failure(.unendedArray) }
      skipSpace()
    }
  }

  private mutating func string() throws(JSONError) -> String {
    place += 1
    let start = place
    skipPlain()
    // Strings without escapes need no scratch buffer.
    if next == UInt8(ascii: "\"") { return try ended(String(validating: bytes[start..<place], as: UTF8.self), start) }
    text.removeAll(keepingCapacity: true)
    var run = start
    while next != UInt8(ascii: "\"") {
      guard place < bytes.count, next != 0 else { throw failure(.unendedString) }
      guard next == UInt8(ascii: "\\") else { throw failure(.invalidEncoding) }
      if run < place { text += bytes[run..<place] }
      let scalar = try escape()
      if scalar.isASCII {
        text.append(UInt8(truncatingIfNeeded: scalar.value))
      } else {
        text += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
      }
      run = place
      skipPlain()
    }
    if run < place { text += bytes[run..<place] }
    return try ended(String(validating: text, as: UTF8.self), start)
  }

  /// - Parameter text: `nil` if it is not UTF-8.
  private mutating func ended(_ text: String?, _ start: Int) throws(JSONError) -> String {
    guard let text else { throw failure(.invalidEncoding, at: start) }
    place += 1
    return text
  }

  /// `true` for a byte that a string has unescaped.
  private mutating func skipPlain() {
    while next >= 0x20, next != UInt8(ascii: "\""), next != UInt8(ascii: "\\") { place += 1 }
  }

  /// The byte that an escape denotes.
  private mutating func escape() throws(JSONError) -> Unicode.Scalar {
    let start = place
    place += 1
    let letter = next
    place += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var code = try hex(from: start)
      if 0xD800..<0xDC00 ~= code {
        guard skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")) else {
          throw failure(.invalidSurrogates, at: start)
        }
        let low = try hex(from: start)
        guard 0xDC00..<0xE000 ~= low else { throw failure(.invalidSurrogates, at: start) }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else {
        throw failure(.invalidSurrogates, at: start)
      }
      return scalar
    default: throw failure(.invalidEscape, at: start)
    }
  }

  private mutating func hex(from start: Int) throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      switch next {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): code = code << 4 | UInt32(next - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): code = code << 4 | UInt32(next - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): code = code << 4 | UInt32(next - UInt8(ascii: "A") + 10)
      default: throw failure(.invalidHexDigit, at: start)
      }
      place += 1
    }
    return code
  }

  private mutating func number() throws(JSONError) -> String {
    let start = place
    let isNegative = skip(UInt8(ascii: "-"))
    if next == UInt8(ascii: "0") {
      place += 1
    } else if isDigit {
      skipDigits()
    } else if skip("NaN") || skip("Infinity") || skip("Inf") {
      return String(decoding: bytes[start..<place], as: UTF8.self)
    } else {
      throw failure(.invalidValue, at: isNegative ? place : start)
    }
    if skip(UInt8(ascii: ".")) {
      guard isDigit else { throw failure(.missingFraction) }
      skipDigits()
    }
    let hasExponent = skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E"))
    if hasExponent {
      _ = skip(UInt8(ascii: "+")) || skip(UInt8(ascii: "-"))
      guard isDigit else { throw failure(.missingExponent) }
      skipDigits()
    }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    // Most numbers are short integers.
    if !hasExponent, place - start < 300 { return text }
    guard let value = Double(text), value.isFinite else {
      throw failure(.tooGreatNumber, at: start)
    }
    return text
  }

  private var isDigit: Bool { 0x30...0x39 ~= next }

  private mutating func skipDigits() {
    while isDigit { place += 1 }
  }
}
