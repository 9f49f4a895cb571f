import JSON
import Servable

/// Reads the inputs of a `:predict` request that are features of its queries: a number, a text or a list of texts for
/// each query. An input that is left out is missing for all; NaN and "" are missing for one.
struct FeatureTensors {
  private let features: [QueryFeature]

  init(_ features: [QueryFeature]) { self.features = features }

  /// - Parameter rows: the elements of `instances`.
  /// - Returns: the values of each row by column; `nil` if the signature has no features.
  /// - Throws: `RequestError` with TensorFlow Serving's message.
  func byRow(_ rows: [JSONValue]) throws(RequestError) -> [[String: [String]]]? {
    guard !features.isEmpty else { return nil }
    var result: [[String: [String]]] = []
    for (place, row) in rows.enumerated() {
      var values: [String: [String]] = [:]
      for feature in features {
        guard row.base64 == nil, let value = row[feature.name] else { continue }
        do throws(RequestError) { try Self.add(value, of: feature, to: &values) } catch {
          throw .bad(
            "Failed to process element: \(place) key: \(feature.name) of 'instances' list. Error: INVALID_ARGUMENT: "
              + error.message)
        }
      }
      result.append(values)
    }
    return result
  }

  /// - Parameters:
  ///   - inputs: the columns, by name.
  ///   - rows: the number of queries.
  func byColumn(_ inputs: JSONValue, rows: Int) throws(RequestError) -> [[String: [String]]]? {
    guard !features.isEmpty else { return nil }
    var result = [[String: [String]]](repeating: [:], count: rows)
    for feature in features {
      guard inputs.base64 == nil, let column = inputs[feature.name] else { continue }
      guard let values = column.array, values.count == rows else {
        throw .bad("\(feature.name) has \(column.array?.count ?? 1) rows; expected \(rows), one for each query")
      }
      for (row, value) in values.enumerated() { try Self.add(value, of: feature, to: &result[row]) }
    }
    return result
  }

  private static func add(
    _ value: JSONValue, of feature: QueryFeature, to values: inout [String: [String]]
  ) throws(RequestError) {
    guard feature.kind == .list else {
      guard value.array == nil else { throw .bad("Encountered list at unexpected level: 1 expected < 1") }
      return values.add(try element(value, feature), of: feature)
    }
    guard let list = value.array else {
      throw .bad("JSON Value: \(value.excerpt) found at incorrect level: 1 in the JSON DOM. Expected at level: 2")
    }
    for item in list { values.add(try element(item, feature), of: feature) }
  }

  private static func element(_ value: JSONValue, _ feature: QueryFeature) throws(RequestError) -> String {
    guard feature.kind == .number else { return try StringTensor.string(value) }
    guard case .number(let text) = value else {
      throw .bad("JSON Value: \(value.excerpt) Type: \(value.typeName) is not of expected type: double")
    }
    return text
  }
}
