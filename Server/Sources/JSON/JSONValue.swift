/// A JSON value (RFC 8259): 24 bytes, and the storage of a list or of a text of more than 15 bytes.
package enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  /// A number as it is written, so that no digit of an identifier is lost.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([Member])

  package struct Member: Equatable, Sendable {
    package let name: String
    package let value: JSONValue
  }

  package var string: String? { if case .string(let text) = self { text } else { nil } }

  package var array: [JSONValue]? { if case .array(let values) = self { values } else { nil } }

  package var members: [Member]? { if case .object(let members) = self { members } else { nil } }

  /// The value of a whole number; `nil` for other values.
  package var integer: Int? { if case .number(let text) = self { Self.wholeNumber(text) } else { nil } }

  /// Returns the value of a whole number. Some languages write every number with a point: 3.0 is 3.
  package static func wholeNumber(_ text: String) -> Int? {
    Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
  }

  /// Returns the first member of a name.
  package subscript(name: String) -> JSONValue? { members?.first { $0.name == name }?.value }

  /// RapidJSON's name of the type, which TensorFlow Serving's messages use.
  package var typeName: String {
    switch self {
    case .null: "Null"
    case .bool(let isTrue): isTrue ? "True" : "False"
    case .number: "Number"
    case .string: "String"
    case .array: "Array"
    case .object: "Object"
    }
  }
}

extension JSONText {
  /// Returns the text of the value for messages, indented by four spaces.
  ///
  /// - Parameter limit: the size in bytes from which nothing more is begun: the indentation of a deep value may be
  ///   hundreds of times its text.
  package mutating func indented(_ value: JSONValue, limit: Int = .max, depth: Int = 0) {
    switch value {
    case .null: raw("null")
    case .bool(let isTrue): raw("\(isTrue)")
    case .number(let text): raw(text.prefix(scalars: limit))
    case .string(let text): string(text.prefix(scalars: limit))
    case .array(let values):
      lines(values, "[", "]", limit: limit, depth: depth) { json, value in
        json.indented(value, limit: limit, depth: depth + 1)
      }
    case .object(let members):
      lines(members, "{", "}", limit: limit, depth: depth) { json, member in
        json.string(member.name.prefix(scalars: limit))
        json.raw(": ")
        json.indented(member.value, limit: limit, depth: depth + 1)
      }
    }
  }

  private mutating func lines<Element>(
    _ elements: [Element], _ open: String, _ close: String, limit: Int, depth: Int,
    _ body: (inout JSONText, Element) -> Void
  ) {
    func line(_ depth: Int) { raw("\n" + String(repeating: " ", count: 4 * depth)) }
    raw(open)
    for (place, element) in elements.enumerated() {
      guard bytes.count < limit else { return }
      if place > 0 { raw(",") }
      line(depth + 1)
      body(&self, element)
    }
    guard bytes.count < limit else { return }
    if !elements.isEmpty { line(depth) }
    raw(close)
  }
}

extension String {
  /// Returns the text itself if it is not longer than the limit.
  fileprivate func prefix(scalars limit: Int) -> String {
    utf8.count <= limit ? self : String(unicodeScalars.prefix(limit))
  }
}
