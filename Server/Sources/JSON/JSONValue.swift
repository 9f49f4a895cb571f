/// A value of a request's body (RFC 8259).
package indirect enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  /// As it is written, so that no digit of an identifier is lost.
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

  /// Nil where it is no whole number.
  package var integer: Int? { if case .number(let text) = self { Int(text) } else { nil } }

  /// The first member of that name.
  package subscript(name: String) -> JSONValue? { members?.first { $0.name == name }?.value }

  /// What RapidJSON calls the type, and so TensorFlow Serving's messages.
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
  /// For messages: indented by four spaces.
  package mutating func indented(_ value: JSONValue, depth: Int = 0) {
    func line(_ depth: Int) { raw("\n" + String(repeating: " ", count: 4 * depth)) }
    switch value {
    case .null: raw("null")
    case .bool(let isTrue): raw("\(isTrue)")
    case .number(let text): raw(text)
    case .string(let text): string(text)
    case .array(let values):
      raw("[")
      for (place, value) in values.enumerated() {
        if place > 0 { raw(",") }
        line(depth + 1)
        indented(value, depth: depth + 1)
      }
      if !values.isEmpty { line(depth) }
      raw("]")
    case .object(let members):
      raw("{")
      for (place, member) in members.enumerated() {
        if place > 0 { raw(",") }
        line(depth + 1)
        string(member.name)
        raw(": ")
        indented(member.value, depth: depth + 1)
      }
      if !members.isEmpty { line(depth) }
      raw("}")
    }
  }
}
