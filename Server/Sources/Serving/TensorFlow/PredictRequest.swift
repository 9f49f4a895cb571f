import JSON
import Servable

/// The body of a `:predict` request, by row or by column.
struct PredictRequest {
  enum Format { case row, column }

  private(set) var format = Format.row
  private(set) var queries: [String] = []
  /// A row for each query, or one for all; empty if the signature has no exclusions.
  private(set) var exclusions: [[String]] = []
  /// The features of each query, by column; `nil` if the signature has none.
  private(set) var features: [[String: [String]]]?

  static let defaultSignature = "serving_default"
  static let exclusionSignature = "query_with_exclusions"
  static let featureSignature = "query_with_features"

  /// The inputs that a request must give, in the order of their names.
  private let names: [String]
  /// The inputs that it may leave out.
  private let optional: [QueryFeature]

  /// - Parameter named: the model's features of queries.
  /// - Throws: `RequestError` with TensorFlow Serving's message.
  init(_ document: ServingDocument, features named: [QueryFeature]) throws(RequestError) {
    let signature = document.signature.isEmpty ? Self.defaultSignature : document.signature
    switch signature {
    case Self.defaultSignature: (names, optional) = (["queries"], [])
    case Self.exclusionSignature: (names, optional) = (["exclusions", "queries"], [])
    case Self.featureSignature where !named.isEmpty: (names, optional) = (["queries"], named)
    default: throw .bad("Serving signature name: \"\(signature)\" not found in signature def")
    }
    let json = document.json
    let tensors: [String: StringTensor]
    switch (json["instances"], json["inputs"]) {
    case (nil, nil): throw .bad("Missing 'inputs' or 'instances' key")
    case (.some, .some):
      throw .bad(
        "JSON Value: \(json.excerpt) Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist "
      )
    case (let instances?, nil):
      guard let rows = instances.array else {
        throw .bad("JSON Value: \(json.excerpt) Excepting 'instances' to be an list/array")
      }
      guard !rows.isEmpty else { throw .bad("JSON Value: \(json.excerpt) No values in 'instances' array") }
      tensors = try byRow(rows)
      features = try FeatureTensors(optional).byRow(rows)
    case (nil, let inputs?):
      format = .column
      tensors = try byColumn(inputs)
      features = try FeatureTensors(optional).byColumn(inputs, rows: tensors["queries"]?.shape.first ?? 0)
    }
    try take(tensors)
  }

  private func byRow(_ rows: [JSONValue]) throws(RequestError) -> [String: StringTensor] {
    guard rows[0].members != nil || names.count == 1 else {
      throw .bad(
        "instances is a plain list, but expecting list of objects as multiple input tensors required as per tensorinfo_map"
      )
    }
    func isObject(_ value: JSONValue) -> Bool { value.members != nil && value.base64 == nil }
    let areObjects = isObject(rows[0])
    if let place = rows.firstIndex(where: { isObject($0) != areObjects }) {
      throw .bad(
        (areObjects ? "Expecting object but got list" : "Expecting value/list but got object")
          + " at item \(place) of input list")
    }
    guard areObjects else {
      return [names[0]: try batch(rows) { "Failed to process element: \($0) of 'instances' list. Error: " }]
    }
    for (place, row) in rows.enumerated() {
      let keys = Set(row.members?.map(\.name) ?? [])
      if let other = keys.subtracting(names).subtracting(optional.map(\.name)).min() {
        throw .bad(
          "Failed to process element: \(place) key: \(other) of 'instances' list. Error: INVALID_ARGUMENT: "
            + "JSON object: does not have named input: \(other)")
      }
      guard keys.isSuperset(of: names) else {
        throw .bad(
          "Failed to process element: \(place) of 'instances' list. JSON object: \(row.excerpt) keys must be equal to: "
            + names.joined(separator: ","))
      }
    }
    var tensors: [String: StringTensor] = [:]
    for name in names {
      tensors[name] = try batch(rows.compactMap { $0[name] }) {
        "Failed to process element: \($0) key: \(name) of 'instances' list. Error: "
      }
    }
    return tensors
  }

  /// - Parameter prefix: the beginning of an error's message, by the element's position.
  private func batch(_ rows: [JSONValue], prefix: (Int) -> String) throws(RequestError) -> StringTensor {
    var first: StringTensor?
    return try StringTensor(rows) { (place, row) throws(RequestError) in
      do throws(RequestError) {
        let tensor = try StringTensor(row)
        let wanted = first ?? tensor
        guard tensor.values.count == wanted.values.count else {
          throw .bad("Expecting tensor size: \(wanted.values.count) but got: \(tensor.values.count)")
        }
        guard tensor.shape == wanted.shape else {
          throw .bad("Expecting shape \(Self.text(wanted.shape)) but got: \(Self.text(tensor.shape))")
        }
        first = wanted
        return tensor
      } catch { throw .bad("\(prefix(place))INVALID_ARGUMENT: \(error.message)") }
    }
  }

  private static func text(_ shape: [Int]) -> String {
    "[" + shape.map { "\($0)" }.joined(separator: ",") + "]"
  }

  private func byColumn(_ value: JSONValue) throws(RequestError) -> [String: StringTensor] {
    guard value.members != nil, value.base64 == nil else {
      guard names.count == 1 else {
        throw .bad(
          "inputs is a plain value/list, but expecting an object as multiple input tensors required as per tensorinfo_map"
        )
      }
      return [names[0]: try StringTensor(value)]
    }
    var tensors: [String: StringTensor] = [:]
    for name in names {
      guard let column = value[name] else { throw .bad("Missing named input: \(name) in 'inputs' object.") }
      tensors[name] = try StringTensor(column)
    }
    return tensors
  }

  /// Checks the tensors against the signature's shapes, as TensorFlow's graph would.
  private mutating func take(_ tensors: [String: StringTensor]) throws(RequestError) {
    guard let asked = tensors["queries"], asked.shape.count == 1 else {
      throw .bad("queries has the shape \(Self.text(tensors["queries"]?.shape ?? [])); expected [-1]")
    }
    queries = asked.values
    guard let excluded = tensors["exclusions"] else { return }
    // An empty list of lists has one dimension and no rows.
    guard excluded.shape.count == 2 || excluded.shape == [0] else {
      throw .bad("exclusions has the shape \(Self.text(excluded.shape)); expected [-1,-1]")
    }
    let (rows, width) = (excluded.shape[0], excluded.shape.count > 1 ? excluded.shape[1] : 0)
    guard rows == queries.count || rows == 1 else {
      throw .bad("Incompatible shapes: [\(queries.count),1,1] vs. [\(rows),1,1]")
    }
    exclusions = (0..<rows).map { Array(excluded.values[$0 * width..<($0 + 1) * width]) }
  }
}
