import JSON
import Servable

/// The body of an `infer` request: `queries`, and `exclusions` and features of the queries if there are any.
struct InferRequest: Sendable {
  /// A requested output, as JSON or as the bytes of a tensor (Triton's binary extension).
  struct Output: Sendable {
    let name: String
    let isBinary: Bool
  }

  private(set) var id: String?
  private(set) var queries: [String] = []
  /// A row for each query, or one for all.
  private(set) var exclusions: [[String]] = []
  /// The features of each query, by column; `nil` if none are given.
  private(set) var features: [[String: [String]]]?
  private(set) var outputs: [Output] = []
  /// `true` if predicted ratings are among the outputs.
  var asksRatings: Bool { outputs.contains { $0.name == Self.ratings } }
  /// The length of the lists; `nil` if the request's `parameters` do not give it.
  private(set) var k: Int?

  static let scores = "scores"
  static let ratings = "ratings"
  private static let outputNames = [scores, "identifiers"]

  /// Reads a body.
  ///
  /// - Parameters:
  ///   - jsonLength: the length of the JSON before the bytes of tensors; `nil` if all of the body is JSON.
  ///   - longestList: the greatest `k` of a request.
  ///   - named: the model's features of queries.
  ///   - hasRatings: `true` if the model predicts ratings, which are an output then.
  /// - Throws: `RequestError` for the first fault.
  init(
    _ body: [UInt8], jsonLength: Int?, longestList: Int, features named: [QueryFeature], hasRatings: Bool
  ) throws(RequestError) {
    guard 0...body.count ~= jsonLength ?? 0 else {
      throw .bad("Inference-Header-Content-Length is \(jsonLength ?? 0), and the body has \(body.count) bytes")
    }
    let json = try JSONReader.document(jsonLength.map { Array(body.prefix($0)) } ?? body)
    var tensors = body.suffix(from: jsonLength ?? body.count)
    guard let inputs = json["inputs"]?.array else { throw .bad("the body has no list \"inputs\"") }
    id = json["id"]?.string
    outputs = try Self.outputs(json, Self.outputNames + (hasRatings ? [Self.ratings] : []))
    k = try Self.k(json, longestList)
    var names: Set<String> = []
    var given: [String: [[String]]] = [:]
    for input in inputs {
      let input = try InferInput(input, binary: &tensors, features: named)
      guard names.insert(input.name).inserted else {
        throw .bad("the input \"\(input.name)\" is given twice; give it once")
      }
      switch (input.name, input.shape.count) {
      case ("queries", _) where input.isColumn: queries = input.data
      // Empty rows exclude nothing, however many there are.
      case ("exclusions", 2): exclusions = input.data.isEmpty ? [] : input.rows
      case ("queries", _), ("exclusions", _):
        throw .bad(
          "input \"\(input.name)\" has \(input.shape.count) dimensions; queries have [n] or [n, 1], exclusions [rows, names]"
        )
      default: given[input.name] = input.rows
      }
    }
    guard names.contains("queries") else { throw .bad("the input \"queries\" is missing") }
    guard exclusions.isEmpty || exclusions.count == 1 || exclusions.count == queries.count else {
      throw .bad("\(exclusions.count) rows of exclusions for \(queries.count) queries")
    }
    features = try Self.features(given, named, queries: queries.count)
  }

  /// Returns the requested outputs; all of them if none is named.
  ///
  /// - Parameter names: of the model's outputs.
  private static func outputs(_ json: JSONValue, _ names: [String]) throws(RequestError) -> [Output] {
    let areBinary = json["parameters"]?["binary_data_output"] == .bool(true)
    guard let asked = json["outputs"]?.array, !asked.isEmpty else {
      return names.map { Output(name: $0, isBinary: areBinary) }
    }
    let there = "there are \(names.dropLast().joined(separator: ", ")) and \(names[names.count - 1])"
    guard asked.count <= names.count else {
      throw .bad("\(asked.count) outputs are asked for; \(there), and each is given once")
    }
    var outputs: [Output] = []
    for output in asked {
      guard let name = output["name"]?.string, names.contains(name) else {
        throw .bad("unexpected inference output \"\(output["name"]?.string ?? "")\"; \(there)")
      }
      guard !outputs.contains(where: { $0.name == name }) else {
        throw .bad("the output \"\(name)\" is asked for twice; ask for it once")
      }
      let isBinary = output["parameters"]?["binary_data"].map { $0 == .bool(true) } ?? areBinary
      outputs.append(Output(name: name, isBinary: isBinary))
    }
    return outputs
  }

  private static func k(_ json: JSONValue, _ longest: Int) throws(RequestError) -> Int? {
    guard let asked = json["parameters"]?["k"], asked != .null else { return nil }
    guard let k = asked.integer, 1...longest ~= k else {
      throw .bad("the parameter \"k\" is not a number from 1 to \(longest)")
    }
    return k
  }

  /// Puts the features of each query together.
  ///
  /// - Parameter given: the rows of each input.
  private static func features(
    _ given: [String: [[String]]], _ named: [QueryFeature], queries: Int
  ) throws(RequestError) -> [[String: [String]]]? {
    guard !given.isEmpty else { return nil }
    var features = [[String: [String]]](repeating: [:], count: queries)
    for feature in named {
      guard let rows = given[feature.name] else { continue }
      guard rows.count == queries else {
        throw .bad("input \"\(feature.name)\" has \(rows.count) rows; give one for each of the \(queries) queries")
      }
      for (row, values) in rows.enumerated() { for value in values { features[row].add(value, of: feature) } }
    }
    return features
  }
}
