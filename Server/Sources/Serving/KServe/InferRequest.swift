import JSON

/// The body of an `infer` request: `queries`, and `exclusions` if there are any.
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
  private(set) var outputs: [Output] = []
  /// The length of the lists; `nil` if the request's `parameters` do not give it.
  private(set) var k: Int?

  static let scores = "scores"
  private static let outputNames = [scores, "identifiers"]

  /// Reads a body.
  ///
  /// - Parameters:
  ///   - jsonLength: the length of the JSON before the bytes of tensors; `nil` if all of the body is JSON.
  ///   - longestList: the greatest `k` of a request.
  /// - Throws: `RequestError` for the first fault.
  init(_ body: [UInt8], jsonLength: Int?, longestList: Int) throws(RequestError) {
    guard 0...body.count ~= jsonLength ?? 0 else {
      throw .bad("Inference-Header-Content-Length is \(jsonLength ?? 0), and the body has \(body.count) bytes")
    }
    let json = try JSONReader.document(jsonLength.map { Array(body.prefix($0)) } ?? body)
    var tensors = body.suffix(from: jsonLength ?? body.count)
    guard let inputs = json["inputs"]?.array else { throw .bad("the body has no list \"inputs\"") }
    id = json["id"]?.string
    outputs = try Self.outputs(json)
    k = try Self.k(json, longestList)
    var names: Set<String> = []
    for input in inputs {
      guard let name = input["name"]?.string, let sizes = input["shape"]?.array else {
        throw .bad("an input has no name or no shape")
      }
      guard names.insert(name).inserted else { throw .bad("the input \"\(name)\" is given twice; give it once") }
      guard input["datatype"]?.string == "BYTES" else {
        throw .bad("input \"\(name)\" has the datatype \(input["datatype"]?.string ?? "none"); give BYTES")
      }
      let shape = sizes.compactMap(\.integer)
      guard shape.count == sizes.count else {
        throw .bad("input \"\(name)\" has a shape that is not a list of numbers")
      }
      let data =
        if let size = input["parameters"]?["binary_data_size"] {
          try BinaryStrings.read(size, of: &tensors, name)
        } else {
          try Self.flat(input["data"] ?? .array([]), name)
        }
      // No tensor here has more dimensions, and the product of two sizes of 32 bits cannot overflow.
      guard shape.count <= 2 else {
        throw .bad(
          "input \"\(name)\" has \(shape.count) dimensions; queries have [n] or [n, 1], exclusions [rows, names]")
      }
      guard shape.allSatisfy({ 0...1 << 24 ~= $0 }), shape.reduce(1, *) == data.count else {
        throw .bad("input \"\(name)\" has \(data.count) elements, and its shape is \(shape)")
      }
      switch (name, shape.count) {
      // Clients of batched models give each query a row of its own.
      case ("queries", _) where shape.count == 1 || shape.count == 2 && shape[1] == 1: queries = data
      // Empty rows exclude nothing, however many there are.
      case ("exclusions", 2) where data.isEmpty: exclusions = []
      case ("exclusions", 2):
        exclusions = (0..<shape[0]).map { Array(data[$0 * shape[1]..<($0 + 1) * shape[1]]) }
      case ("queries", _), ("exclusions", _):
        throw .bad(
          "input \"\(name)\" has \(shape.count) dimensions; queries have [n] or [n, 1], exclusions [rows, names]")
      default: throw .bad("unexpected inference input \"\(name)\"; there are queries and exclusions")
      }
    }
    guard names.contains("queries") else { throw .bad("the input \"queries\" is missing") }
    guard exclusions.isEmpty || exclusions.count == 1 || exclusions.count == queries.count else {
      throw .bad("\(exclusions.count) rows of exclusions for \(queries.count) queries")
    }
  }

  /// Returns the requested outputs; all of them if none is named.
  private static func outputs(_ json: JSONValue) throws(RequestError) -> [Output] {
    let areBinary = json["parameters"]?["binary_data_output"] == .bool(true)
    guard let asked = json["outputs"]?.array, !asked.isEmpty else {
      return outputNames.map { Output(name: $0, isBinary: areBinary) }
    }
    guard asked.count <= outputNames.count else {
      throw .bad("\(asked.count) outputs are asked for; there are scores and identifiers, and each is given once")
    }
    var outputs: [Output] = []
    for output in asked {
      guard let name = output["name"]?.string, outputNames.contains(name) else {
        throw .bad(
          "unexpected inference output \"\(output["name"]?.string ?? "")\"; there are scores and identifiers")
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

  /// Returns the strings of a value, of nested lists too.
  private static func flat(_ value: JSONValue, _ name: String) throws(RequestError) -> [String] {
    var strings: [String] = []
    try append(value, name, to: &strings)
    return strings
  }

  private static func append(_ value: JSONValue, _ name: String, to strings: inout [String]) throws(RequestError) {
    if let text = value.string { return strings.append(text) }
    guard let list = value.array else { throw .bad("input \"\(name)\" has data that are not strings") }
    for element in list { try append(element, name, to: &strings) }
  }
}
