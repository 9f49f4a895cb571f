import JSON
import Servable

/// An input of an `infer` request, as JSON or as the bytes of a tensor: its elements as texts.
struct InferInput {
  let name: String
  let shape: [Int]
  /// In row-major order.
  let data: [String]

  /// - Parameters:
  ///   - tensors: the bytes of inputs; those of this one are removed.
  ///   - features: the model's features of queries.
  /// - Throws: `RequestError` for the first fault.
  init(
    _ input: JSONValue, binary tensors: inout ArraySlice<UInt8>, features: [QueryFeature]
  ) throws(RequestError) {
    guard let name = input["name"]?.string, let sizes = input["shape"]?.array else {
      throw .bad("an input has no name or no shape")
    }
    let feature = features.first { $0.name == name }
    guard feature != nil || ["queries", "exclusions"].contains(name) else {
      let names = ["queries", "exclusions"] + features.map(\.name)
      throw .bad("unexpected inference input \"\(name.prefix(100))\"; there are \(names.joined(separator: ", "))")
    }
    let shape = sizes.compactMap(\.integer)
    guard shape.count == sizes.count else {
      throw .bad("input \"\(name)\" has a shape that is not a list of numbers")
    }
    let type = input["datatype"]?.string ?? "none"
    self.name = name
    self.shape = shape
    data =
      feature?.kind == .number
      ? try BinaryNumbers.elements(input, type, of: &tensors, name) : try Self.texts(input, type, of: &tensors, name)
    // No tensor here has more dimensions, and the product of two sizes of 32 bits cannot overflow.
    guard shape.count <= 2 else {
      throw .bad(
        "input \"\(name)\" has \(shape.count) dimensions; queries have [n] or [n, 1], exclusions [rows, names]")
    }
    guard shape.allSatisfy({ 0...1 << 24 ~= $0 }), shape.reduce(1, *) == data.count else {
      throw .bad("input \"\(name)\" has \(data.count) elements, and its shape is \(shape)")
    }
    guard feature == nil || feature?.kind == .list && shape.count == 2 || isColumn else {
      throw .bad(
        "input \"\(name)\" has the shape \(shape); give "
          + (feature?.kind == .list ? "[n, values]" : "[n] or [n, 1]") + ", a row for each query")
    }
  }

  /// `true` for one element in each row. Clients of batched models give each query a row of its own.
  var isColumn: Bool { shape.count == 1 || shape.count == 2 && shape[1] == 1 }

  /// The elements of each row.
  var rows: [[String]] {
    let width = shape.count == 2 ? shape[1] : 1
    return (0..<(shape.first ?? 0)).map { Array(data[$0 * width..<($0 + 1) * width]) }
  }

  private static func texts(
    _ input: JSONValue, _ type: String, of tensors: inout ArraySlice<UInt8>, _ name: String
  ) throws(RequestError) -> [String] {
    guard type == "BYTES" else { throw .bad("input \"\(name)\" has the datatype \(type); give BYTES") }
    if let size = input["parameters"]?["binary_data_size"] {
      return try BinaryStrings.read(size, of: &tensors, name)
    }
    return try flat(input["data"] ?? .array([]), name, "strings", \.string)
  }

  /// Returns the elements of a value, of nested lists too.
  static func flat(
    _ value: JSONValue, _ name: String, _ kind: String, _ text: (JSONValue) -> String?
  ) throws(RequestError) -> [String] {
    var texts: [String] = []
    try append(value, name, kind, text, to: &texts)
    return texts
  }

  private static func append(
    _ value: JSONValue, _ name: String, _ kind: String, _ text: (JSONValue) -> String?, to texts: inout [String]
  ) throws(RequestError) {
    if let text = text(value) { return texts.append(text) }
    guard let list = value.array else { throw .bad("input \"\(name)\" has data that are not \(kind)") }
    for element in list { try append(element, name, kind, text, to: &texts) }
  }
}
