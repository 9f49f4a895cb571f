/// A JSON value whose integers are exact and whose text form is canonical: one value, one spelling.
///
/// Objects keep their keys sorted by bytes. Numbers with a fraction or an exponent are doubles in their shortest
/// spelling that reads back the same; all others must fit 64 bits.
package enum JSON: Equatable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  package init(_ value: String) { self = .string(value) }
  package init(_ value: Int) { self = .integer(Int64(value)) }
  package init(_ value: Double) { self = .number(value) }
  /// The double that is spelt as the float is, so that readers see no digits that are not there.
  package init(_ value: Float) { self = .number(Double("\(value)") ?? Double(value)) }
  /// A text, or `null`.
  package init(optional text: String?) { self = text.map { .string($0) } ?? .null }
  /// An integer, or `null`.
  package init(optional number: Int?) { self = number.map { .integer(Int64($0)) } ?? .null }
  package init(_ values: [String]) { self = .array(values.map { .string($0) }) }

  package subscript(key: String) -> JSON? {
    if case .object(let fields) = self { fields[key] } else { nil }
  }

  package var string: String? { if case .string(let value) = self { value } else { nil } }
  package var array: [JSON]? { if case .array(let values) = self { values } else { nil } }
  package var object: [String: JSON]? { if case .object(let fields) = self { fields } else { nil } }
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

  package var integer: Int? { if case .integer(let value) = self { Int(exactly: value) } else { nil } }

  package var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Dictionary(elements) { _, last in last })
  }
}
