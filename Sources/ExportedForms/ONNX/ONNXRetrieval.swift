import BasicAlgorithms
import FoundationEssentials
import Servable
import ServingMessages

/// The graph of an ONNX model after the look-up of the ids, which the writer adds (ai.onnx 19, for the equality of
/// strings, and ai.onnx.ml 2).
struct ONNXRetrieval {
  let candidateCount: Int
  /// The default length of the lists.
  let k: Int
  /// `true` if candidates have names for people, which are a third list after scores and identifiers.
  let hasNames: Bool
  /// The features of queries, if the model reads such.
  let features: FeatureInputs?

  enum Kind: Int32 {
    case float = 1
    case int64 = 7
    case string = 8
    case double = 11
  }

  /// The constants of at most one value; the large ones are in the file of vectors or streamed.
  var constants: [ONNXTensor] {
    [
      Self.numbers("k", [k]), Self.numbers("count", [candidateCount]), Self.numbers("one", [1]),
      Self.numbers("axis2", [2]), Self.numbers("zero", [0]), Self.lowest, Self.strings("empty", [1], [""]),
      Self.strings("exclusions", [1, 0], []),
    ] + (features.map { ONNXFeatures($0).constants } ?? [])
  }

  /// The nodes from the scores of all candidates to the best that are not excluded. Names are distinct, so k +
  /// exclusions candidates suffice.
  var nodes: [ONNXNode] {
    let vectors =
      features.map { [node("Gather", ["users", "row"], ONNXFeatures.known, ["axis": 0])] + ONNXFeatures($0).nodes }
      ?? [node("Gather", ["users", "row"], "embedding", ["axis": 0])]
    return vectors + [
      node("Gemm", ["embedding", "candidates"], "all", ["transB": 1]), node("Min", ["k", "count"], "k1"),
      node("Shape", ["exclusions"], "excluded", ["start": 1, "end": 2]), node("Add", ["excluded", "k1"], "more"),
      node("Min", ["more", "count"], "kk"), top(["all", "kk"], ["s", "rows"]),
      node("Gather", ["titles", "rows"], "t", ["axis": 0]), node("Unsqueeze", ["t", "axis2"], "t3"),
      node("Unsqueeze", ["exclusions", "one"], "e3"), node("Equal", ["t3", "e3"], "same"),
      node("Cast", ["same"], "numbers", ["to": Int(Kind.int64.rawValue)]),
      node("ReduceSum", ["numbers", "axis2"], "hits", ["keepdims": 0]), node("Greater", ["hits", "zero"], "hit"),
      node("Where", ["hit", "lowest", "s"], "s2"),
      top(["s2", "k1"], ["scores", "places"]),
    ] + kept("identifiers", of: "t")
      + (hasNames ? [node("Gather", ["names_of_all", "rows"], "n", ["axis": 0])] + kept("names", of: "n") : [])
  }

  /// Returns the nodes that drop excluded texts from a list, and fill it up with empty ones.
  private func kept(_ output: String, of list: String) -> [ONNXNode] {
    [
      node("Where", ["hit", "empty", list], "\(list)2"),
      node("GatherElements", ["\(list)2", "places"], output, ["axis": 1]),
    ]
  }

  var inputs: [ONNXValueInfo] {
    [
      Self.value("queries", .string, ["batch"]), Self.value("k", .int64, [1]),
      Self.value("exclusions", .string, ["rows", "n"]),
    ] + (features.map { ONNXFeatures($0).inputs } ?? [])
  }

  /// The names that inputs of features cannot have, since other values have them.
  var takenNames: Set<String> {
    let bare = ONNXRetrieval(candidateCount: candidateCount, k: k, hasNames: hasNames, features: nil)
    return Set(bare.nodes.flatMap { $0.input + $0.output } + bare.constants.map(\.name) + bare.inputs.map(\.name))
  }

  var outputs: [ONNXValueInfo] {
    [Self.value("scores", .float, ["batch", "k"])]
      + (["identifiers"] + (hasNames ? ["names"] : [])).map { Self.value($0, .string, ["batch", "k"]) }
  }

  private func node(
    _ operation: String, _ inputs: [String], _ output: String, _ attributes: KeyValuePairs<String, Int> = [:]
  ) -> ONNXNode { Self.node(operation, inputs, output, attributes) }

  private func top(_ inputs: [String], _ outputs: [String]) -> ONNXNode {
    var node = node("TopK", inputs, outputs[0], ["axis": 1, "largest": 1, "sorted": 1])
    node.output = outputs
    return node
  }

  static func node(
    _ operation: String, _ inputs: [String], _ output: String, _ attributes: KeyValuePairs<String, Int> = [:]
  ) -> ONNXNode {
    var node = ONNXNode()
    node.opType = operation
    node.name = output
    node.input = inputs
    node.output = [output]
    node.attribute = attributes.map { name, number in
      var attribute = ONNXAttribute()
      attribute.name = name
      attribute.type = .int
      attribute.i = Int64(number)
      return attribute
    }
    return node
  }

  static func numbers(_ name: String, _ values: [Int]) -> ONNXTensor {
    tensor(
      name, .int64, [values.count],
      values.flatMap { littleEndian(Int64($0)) })
  }

  private static var lowest: ONNXTensor {
    tensor("lowest", .float, [1], littleEndian(RetrievalGraph.lowest.bitPattern))
  }

  static func tensor(_ name: String, _ kind: Kind, _ shape: [Int], _ bytes: [UInt8]) -> ONNXTensor {
    var tensor = ONNXTensor()
    tensor.name = name
    tensor.dataType = kind.rawValue
    tensor.dims = shape.map { Int64($0) }
    tensor.rawData = Data(bytes)
    return tensor
  }

  static func strings(_ name: String, _ shape: [Int], _ values: [String]) -> ONNXTensor {
    var tensor = ONNXTensor()
    tensor.name = name
    tensor.dataType = Kind.string.rawValue
    tensor.dims = shape.map { Int64($0) }
    tensor.stringData = values.map { Data($0.utf8) }
    return tensor
  }

  enum Size: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    case fixed(Int64)
    case named(String)

    init(integerLiteral value: Int64) { self = .fixed(value) }
    init(stringLiteral value: String) { self = .named(value) }
  }

  static func value(_ name: String, _ kind: Kind, _ shape: [Size]) -> ONNXValueInfo {
    var value = ONNXValueInfo()
    value.name = name
    value.type.tensorType.elemType = kind.rawValue
    value.type.tensorType.shape.dim = shape.map { size in
      var dimension = ONNXTensorType.Dimension()
      switch size {
      case .fixed(let number): dimension.dimValue = number
      case .named(let text): dimension.dimParam = text
      }
      return dimension
    }
    return value
  }
}
