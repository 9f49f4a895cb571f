import Foundation

/// The body of an `infer` request: `queries`, and `exclusions` if there are any.
struct InferRequest {
  var id: String?
  var queries: [String] = []
  /// A row for each query, or one for all.
  var exclusions: [[String]] = []
  var outputs = ["scores", "identifiers"]

  init(_ data: Data) throws {
    let json: Any
    do { json = try JSONBody.parse(data) } catch { throw RequestError.bad("the body is not JSON: \(error.reason)") }
    guard let object = json as? [String: Any], let inputs = object["inputs"] as? [[String: Any]] else {
      throw RequestError.bad("the body has no list \"inputs\"")
    }
    id = object["id"] as? String
    if let asked = object["outputs"] as? [[String: Any]] {
      let names = asked.compactMap { $0["name"] as? String }
      if let unknown = names.first(where: { !outputs.contains($0) }) {
        throw RequestError.bad("unexpected inference output \"\(unknown)\"; there are scores and identifiers")
      }
      if !names.isEmpty { outputs = names }
    }
    var isAsked = false
    for input in inputs {
      guard let name = input["name"] as? String, let shape = input["shape"] as? [Int] else {
        throw RequestError.bad("an input has no name or no shape")
      }
      guard input["datatype"] as? String == "BYTES" else {
        throw RequestError.bad("input \"\(name)\" has another datatype than BYTES")
      }
      let data = try Self.flat(input["data"] ?? [], name)
      // No tensor here has more dimensions, and the product of two such sizes cannot overflow.
      guard shape.count <= 2 else { throw RequestError.bad("input \"\(name)\" has \(shape.count) dimensions") }
      guard shape.allSatisfy({ 0...1 << 24 ~= $0 }), shape.reduce(1, *) == data.count else {
        throw RequestError.bad("input \"\(name)\" has \(data.count) elements, and its shape is \(shape)")
      }
      switch (name, shape.count) {
      case ("queries", 1):
        isAsked = true
        queries = data
      case ("exclusions", 2):
        exclusions = (0..<shape[0]).map { Array(data[$0 * shape[1]..<($0 + 1) * shape[1]]) }
      case ("queries", _), ("exclusions", _):
        throw RequestError.bad("input \"\(name)\" has \(shape.count) dimensions")
      default: throw RequestError.bad("unexpected inference input \"\(name)\"; there are queries and exclusions")
      }
    }
    guard isAsked else { throw RequestError.bad("the input \"queries\" is missing") }
    guard exclusions.isEmpty || exclusions.count == 1 || exclusions.count == queries.count else {
      throw RequestError.bad("\(exclusions.count) rows of exclusions for \(queries.count) queries")
    }
  }

  /// Strings, whether lists are in lists or not.
  private static func flat(_ value: Any, _ name: String) throws -> [String] {
    if let text = value as? String { return [text] }
    guard let list = value as? [Any] else { throw RequestError.bad("input \"\(name)\" has data that are no strings") }
    return try list.flatMap { try flat($0, name) }
  }
}
