import Foundation

/// The body of a `:predict` request, by row or by column.
struct PredictRequest {
  enum Format { case row, column }

  var signature = Self.defaultSignature
  var format = Format.row
  var queries: [String] = []
  /// A row for each query, or one for all; empty where the signature has none.
  var exclusions: [[String]] = []

  static let defaultSignature = "serving_default"
  static let exclusionSignature = "query_with_exclusions"

  /// - Throws: `RequestError` with TensorFlow Serving's message.
  init(_ data: Data) throws {
    let json: Any
    do { json = try JSONBody.parse(data) } catch { throw RequestError.bad("JSON Parse error: \(error.reason)") }
    guard let object = json as? [String: Any] else {
      throw RequestError.bad("JSON Value: is not object")
    }
    if let name = object["signature_name"] {
      guard let name = name as? String else { throw RequestError.bad("'signature_name' key must be a string value.") }
      if !name.isEmpty { signature = name }
    }
    guard [Self.defaultSignature, Self.exclusionSignature].contains(signature) else {
      throw RequestError.bad("Serving signature name: \"\(signature)\" not found in signature def")
    }
    switch (object["instances"], object["inputs"]) {
    case (nil, nil): throw RequestError.bad("Missing 'inputs' or 'instances' key")
    case (.some, .some): throw RequestError.bad("Not formatted correctly: both 'inputs' and 'instances' are given")
    case (let instances?, nil): try readRows(instances)
    case (nil, let inputs?): try readColumns(inputs)
    }
    if signature == Self.exclusionSignature, exclusions.count != queries.count, exclusions.count != 1 {
      throw RequestError.bad(
        "Incompatible shapes: [\(queries.count),1,1] vs. [\(exclusions.count),1,1]")
    }
    if let width = exclusions.first?.count, exclusions.contains(where: { $0.count != width }) {
      throw RequestError.bad("Encountered list at unexpected size: \(width)")
    }
  }

  private var names: [String] {
    signature == Self.defaultSignature ? ["queries"] : ["queries", "exclusions"]
  }

  private mutating func readRows(_ value: Any) throws {
    guard let rows = value as? [Any], !rows.isEmpty else {
      throw RequestError.bad("JSON Value: 'instances' is not a non-empty array")
    }
    let isObject = { (row: Any) in (row as? [String: Any]).map { $0["b64"] == nil } ?? false }
    guard rows.contains(where: isObject) || names.count > 1 else {
      queries = try rows.map(Self.string)
      return
    }
    for row in rows {
      guard let row = row as? [String: Any], Set(row.keys) == Set(names) else {
        throw RequestError.bad(
          "Failed to process element: instances object must have exactly the inputs \(names.joined(separator: ", "))")
      }
      queries.append(try Self.string(row["queries"] ?? ""))
      if names.count > 1 { exclusions.append(try Self.strings(row["exclusions"] ?? "")) }
    }
  }

  private mutating func readColumns(_ value: Any) throws {
    format = .column
    if let object = value as? [String: Any], object["b64"] == nil {
      for name in names where object[name] == nil { throw RequestError.bad("Missing named input: \(name)") }
      queries = try Self.strings(object["queries"] ?? [])
      if names.count > 1 {
        guard let rows = object["exclusions"] as? [Any] else {
          throw RequestError.bad("JSON Value: 'exclusions' is not an array of arrays")
        }
        exclusions = try rows.map(Self.strings)
      }
    } else {
      guard names.count == 1 else {
        throw RequestError.bad("inputs is a plain value/list, but expected object as multiple input tensors required")
      }
      queries = try Self.strings(value)
    }
  }

  private static func strings(_ value: Any) throws -> [String] {
    guard let list = value as? [Any] else {
      throw RequestError.bad("JSON Value: \(text(value)) is not a list of strings")
    }
    return try list.map(string)
  }

  /// A string, or `{"b64": …}`.
  private static func string(_ value: Any) throws -> String {
    if let text = value as? String { return text }
    if let object = value as? [String: Any], object.count == 1, let code = object["b64"] as? String {
      guard let data = Data(base64Encoded: code) else {
        throw RequestError.bad("Unable to base64 decode string: \(code)")
      }
      return String(decoding: data, as: UTF8.self)
    }
    throw RequestError.bad("JSON Value: \(text(value)) is not of expected type: string")
  }

  private static func text(_ value: Any) -> String {
    guard let data = try? JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys])
    else { return "\(value)" }
    return String(decoding: data.prefix(200), as: UTF8.self)
  }
}
