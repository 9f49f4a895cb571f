import Foundation
import JSON

/// A dense tensor of strings, read from JSON as TensorFlow Serving does.
struct StringTensor: Equatable {
  var shape: [Int]
  /// The values in row-major order.
  var values: [String]

  /// Reads a string, or nested lists of strings of equal lengths.
  ///
  /// - Throws: `RequestError` with TensorFlow Serving's message.
  init(_ value: JSONValue) throws(RequestError) {
    (shape, values) = (Self.shape(of: value), [])
    try fill(value, level: 0)
  }

  /// Stacks tensors of one shape into one with a further dimension.
  ///
  /// - Throws: `RequestError` for the first that has another shape, and what `read` throws.
  init(_ elements: [JSONValue], read: (Int, JSONValue) throws(RequestError) -> StringTensor) throws(RequestError) {
    (shape, values) = ([elements.count], [])
    for (place, element) in elements.enumerated() {
      let tensor = try read(place, element)
      if place == 0 { shape += tensor.shape }
      values += tensor.values
    }
  }

  /// Returns the shape that the first element of each list implies.
  private static func shape(of value: JSONValue) -> [Int] {
    guard let list = value.array else { return [] }
    return [list.count] + (list.first.map { shape(of: $0) } ?? [])
  }

  private mutating func fill(_ value: JSONValue, level: Int) throws(RequestError) {
    guard let list = value.array else {
      guard level == shape.count else {
        throw .bad(
          "JSON Value: \(value.excerpt) found at incorrect level: \(level + 1) in the JSON DOM. "
            + "Expected at level: \(shape.count)")
      }
      return values.append(try Self.string(value))
    }
    guard level < shape.count else {
      throw .bad("Encountered list at unexpected level: \(level) expected < \(shape.count)")
    }
    guard list.count == shape[level] else {
      throw .bad(
        "Encountered list at unexpected size: \(list.count) at level: \(level) expected size: \(shape[level])")
    }
    for element in list { try fill(element, level: level + 1) }
  }

  /// A string, or `{"b64": …}`; bytes that are not UTF-8 match no name.
  static func string(_ value: JSONValue) throws(RequestError) -> String {
    switch value {
    case .string(let text): return text
    case .object:
      guard let code = value.base64 else {
        throw .bad("JSON Value: \(value.excerpt) not formatted correctly for base64 data")
      }
      let padding = String(repeating: "=", count: (4 - code.utf8.count % 4) % 4)
      guard let data = Data(base64Encoded: code + padding) else { throw .bad("Unable to base64 decode") }
      return String(decoding: data, as: UTF8.self)
    default:
      throw .bad("JSON Value: \(value.excerpt) Type: \(value.typeName) is not of expected type: string")
    }
  }
}

extension JSONValue {
  /// The text of an object whose only member is `b64`; `nil` for other values.
  var base64: String? {
    guard let members, members.count == 1, members[0].name == "b64" else { return nil }
    return members[0].value.string
  }

  /// The beginning of the value for a message: at most 1,000 characters, fewer if they have more than four bytes each.
  /// O(1) in the size of the value.
  package var excerpt: String {
    let text = String(decoding: JSONText.of { $0.indented(self, limit: 4_000) }, as: UTF8.self)
    return text.utf8.count <= 1_000 ? text : "\(text.prefix(1_000))…"
  }
}
