import JSON

/// The body of an `infer` request: `queries`, and `exclusions` if there are any.
struct InferRequest {
  var id: String?
  var queries: [String] = []
  /// A row for each query, or one for all.
  var exclusions: [[String]] = []
  var outputs = ["scores", "identifiers"]

  /// - Throws: `RequestError` for the first thing that is wrong.
  init(_ body: [UInt8]) throws(RequestError) {
    let json = try JSONReader.document(body)
    guard let inputs = json["inputs"]?.array else { throw .bad("the body has no list \"inputs\"") }
    id = json["id"]?.string
    if let asked = json["outputs"]?.array {
      let names = asked.compactMap { $0["name"]?.string }
      if let unknown = names.first(where: { !outputs.contains($0) }) {
        throw .bad("unexpected inference output \"\(unknown)\"; there are scores and identifiers")
      }
      if !names.isEmpty { outputs = names }
    }
    var isAsked = false
    for input in inputs {
      guard let name = input["name"]?.string, let sizes = input["shape"]?.array else {
        throw .bad("an input has no name or no shape")
      }
      guard input["datatype"]?.string == "BYTES" else {
        throw .bad("input \"\(name)\" has another datatype than BYTES")
      }
      let shape = sizes.compactMap(\.integer)
      guard shape.count == sizes.count else { throw .bad("input \"\(name)\" has a shape that is no list of numbers") }
      let data = try Self.flat(input["data"] ?? .array([]), name)
      // No tensor here has more dimensions, and the product of two such sizes cannot overflow.
      guard shape.count <= 2 else { throw .bad("input \"\(name)\" has \(shape.count) dimensions") }
      guard shape.allSatisfy({ 0...1 << 24 ~= $0 }), shape.reduce(1, *) == data.count else {
        throw .bad("input \"\(name)\" has \(data.count) elements, and its shape is \(shape)")
      }
      switch (name, shape.count) {
      case ("queries", 1):
        isAsked = true
        queries = data
      case ("exclusions", 2):
        exclusions = (0..<shape[0]).map { Array(data[$0 * shape[1]..<($0 + 1) * shape[1]]) }
      case ("queries", _), ("exclusions", _):
        throw .bad("input \"\(name)\" has \(shape.count) dimensions")
      default: throw .bad("unexpected inference input \"\(name)\"; there are queries and exclusions")
      }
    }
    guard isAsked else { throw .bad("the input \"queries\" is missing") }
    guard exclusions.isEmpty || exclusions.count == 1 || exclusions.count == queries.count else {
      throw .bad("\(exclusions.count) rows of exclusions for \(queries.count) queries")
    }
  }

  /// Strings, whether lists are in lists or not.
  private static func flat(_ value: JSONValue, _ name: String) throws(RequestError) -> [String] {
    if let text = value.string { return [text] }
    guard let list = value.array else { throw .bad("input \"\(name)\" has data that are no strings") }
    var strings: [String] = []
    for element in list { strings += try flat(element, name) }
    return strings
  }
}
