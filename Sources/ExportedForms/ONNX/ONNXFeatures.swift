import BasicAlgorithms
import Kernels
import Servable
import ServingMessages

/// The nodes that give unknown queries with features their vectors: an encoding times the table of the features' values,
/// at the tower's length, with popularity. `row` and `known` come before them, and `embedding` is their result.
///
/// A given value is compared with every value of a feature, so that no look-up table is needed. An input of one row is for all
/// queries, as the default of one that is left out: NaN, "" or an empty list. Names have a slash, which keeps them apart
/// from inputs.
struct ONNXFeatures {
  /// The vectors of known queries, and that of unknown ones.
  static let known = "features/known"
  private let features: FeatureInputs

  init(_ features: FeatureInputs) { self.features = features }

  var inputs: [ONNXValueInfo] {
    features.inputs.map { input in
      let rows = ONNXRetrieval.Size.named("\(input.name)/rows")
      return switch input.kind {
      case .number: ONNXRetrieval.value(input.name, .double, [rows])
      case .text: ONNXRetrieval.value(input.name, .string, [rows])
      case .list: ONNXRetrieval.value(input.name, .string, [rows, .named("\(input.name)/values")])
      }
    }
  }

  /// The constants, without the table of the features' values, which is in the file of vectors.
  var constants: [ONNXTensor] {
    var constants = [
      Self.floats("features/zero", [0]), Self.floats("features/unit", [1]), Self.floats("features/least", [1e-12]),
      Self.doubles("features/nought", [0]),
    ]
    for input in features.inputs {
      switch input.kind {
      case .number: constants.append(Self.doubles(input.name, [.nan]))
      case .text: constants.append(ONNXRetrieval.strings(input.name, [1], [""]))
      case .list: constants.append(ONNXRetrieval.strings(input.name, [1, 0], []))
      }
    }
    for (number, block) in features.blocks.enumerated() {
      let name = "features/scale_\(number)"
      switch block.scale {
      case .values(let values): constants.append(ONNXRetrieval.strings(name, [values.count], values))
      case .bounds(let bounds): constants.append(Self.doubles(name, bounds))
      case .moments(let mean, let deviation):
        constants.append(Self.doubles(name, [mean]))
        // A number says nothing if all were the same in training.
        constants.append(Self.doubles("features/factor_\(number)", [deviation > 0 ? deviation : .infinity]))
      }
    }
    if let popularity = features.popularity {
      let dimension = features.table.columns
      constants.append(Self.doubles("features/covariance", popularity.covariance, [dimension, dimension]))
      constants.append(Self.floats("features/popularity", [popularity.weight]))
    }
    return constants
  }

  private static func floats(_ name: String, _ values: [Float]) -> ONNXTensor {
    ONNXRetrieval.tensor(name, .float, [values.count], values.flatMap { littleEndian($0.bitPattern) })
  }

  private static func doubles(_ name: String, _ values: [Double], _ shape: [Int]? = nil) -> ONNXTensor {
    ONNXRetrieval.tensor(name, .double, shape ?? [values.count], values.flatMap { littleEndian($0.bitPattern) })
  }

  var nodes: [ONNXNode] {
    var nodes = Nodes()
    nodes.add("Greater", ["row", "zero"], "own")
    nodes.add("Unsqueeze", ["features/own", "one"], "own_1")
    nodes.add("Equal", ["row", "row"], "all")
    nodes.cast("all", .float, "all_f")
    nodes.add("Unsqueeze", ["features/all_f", "one"], "ones")
    for (number, input) in features.inputs.enumerated() { nodes.read(input, number) }
    for (number, block) in features.blocks.enumerated() {
      switch block.scale {
      case .values: nodes.compare(number, block.input, isList: features.inputs[block.input].kind == .list)
      case .bounds: nodes.cut(number, block.input)
      case .moments: nodes.scale(number, block.input)
      }
      nodes.add("Mul", ["features/encoded_\(number)", "features/ones"], "block_\(number)")
    }
    nodes.multiply(features)
    return nodes.all
  }

  /// Nodes whose outputs have the prefix `features/`.
  private struct Nodes {
    private(set) var all: [ONNXNode] = []
    /// `true` where a query has a known value of a feature.
    private var known: [String] = []

    mutating func add(
      _ operation: String, _ inputs: [String], _ output: String, _ attributes: KeyValuePairs<String, Int> = [:]
    ) { all.append(ONNXRetrieval.node(operation, inputs, "features/\(output)", attributes)) }

    mutating func cast(_ input: String, _ kind: ONNXRetrieval.Kind, _ output: String) {
      add("Cast", ["features/\(input)"], output, ["to": Int(kind.rawValue)])
    }

    private mutating func sum(_ input: String, _ output: String, keeps: Bool = true) {
      add("ReduceSum", ["features/\(input)", "one"], output, ["keepdims": keeps ? 1 : 0])
    }

    /// A column, or for a list a column in a further dimension.
    mutating func read(_ input: FeatureInputs.Input, _ number: Int) {
      add("Unsqueeze", [input.name, input.kind == .list ? "axis2" : "one"], "x_\(number)")
      guard input.kind == .number else { return }
      // An infinite number less itself is NaN.
      add("Sub", ["features/x_\(number)", "features/x_\(number)"], "rest_\(number)")
      add("Equal", ["features/rest_\(number)", "features/nought"], "there_\(number)")
      cast("there_\(number)", .float, "there_f_\(number)")
    }

    mutating func compare(_ block: Int, _ input: Int, isList: Bool) {
      add("Equal", ["features/x_\(input)", "features/scale_\(block)"], "equal_\(block)")
      cast("equal_\(block)", .float, isList ? "equals_\(block)" : "hit_\(block)")
      if isList {
        sum("equals_\(block)", "hits_\(block)", keeps: false)
        add("Min", ["features/hits_\(block)", "features/unit"], "hit_\(block)")
      }
      sum("hit_\(block)", "count_\(block)")
      add("Max", ["features/count_\(block)", "features/unit"], "most_\(block)")
      add("Sqrt", ["features/most_\(block)"], "root_\(block)")
      add("Div", ["features/hit_\(block)", "features/root_\(block)"], "encoded_\(block)")
      add("Greater", ["features/count_\(block)", "features/zero"], "known_\(block)")
      known.append("features/known_\(block)")
    }

    /// A bucket is where the row of reached bounds, begun with 1, ends.
    mutating func cut(_ block: Int, _ input: Int) {
      let there = "features/there_f_\(input)"
      add("GreaterOrEqual", ["features/x_\(input)", "features/scale_\(block)"], "reached_\(block)")
      cast("reached_\(block)", .float, "reached_f_\(block)")
      add("Mul", ["features/reached_f_\(block)", there], "steps_\(block)")
      add("Sub", [there, there], "nothing_\(block)")
      add("Concat", [there, "features/steps_\(block)"], "from_\(block)", ["axis": 1])
      add("Concat", ["features/steps_\(block)", "features/nothing_\(block)"], "to_\(block)", ["axis": 1])
      add("Sub", ["features/from_\(block)", "features/to_\(block)"], "encoded_\(block)")
      known.append("features/there_\(input)")
    }

    mutating func scale(_ block: Int, _ input: Int) {
      add("Sub", ["features/x_\(input)", "features/scale_\(block)"], "less_\(block)")
      add("Div", ["features/less_\(block)", "features/factor_\(block)"], "by_\(block)")
      cast("by_\(block)", .float, "by_f_\(block)")
      add("Where", ["features/there_\(input)", "features/by_f_\(block)", "features/zero"], "encoded_\(block)")
      known.append("features/there_\(input)")
    }

    /// Adds the nodes from the encoding to the vectors of all queries: features count if the query is unknown and a value
    /// is known.
    mutating func multiply(_ features: FeatureInputs) {
      add("Concat", features.blocks.indices.map { "features/block_\($0)" }, "encoding", ["axis": 1])
      add("MatMul", ["features/encoding", "features"], "sum")
      add("Mul", ["features/sum", "features/sum"], "squares")
      sum("squares", "square")
      add("Sqrt", ["features/square"], "root")
      add("Max", ["features/root", "features/least"], "length")
      add("Div", ["features/sum", features.isNormalised ? "features/length" : "features/unit"], "scaled")
      if features.popularity != nil { addPopularity() }
      var some = known[0]
      for (number, other) in known.dropFirst().enumerated() {
        add("Or", [some, other], "any_\(number)")
        some = "features/any_\(number)"
      }
      add("Not", ["features/own_1"], "stranger")
      add("And", ["features/stranger", some], "described")
      all.append(
        ONNXRetrieval.node(
          "Where",
          [
            "features/described", features.popularity == nil ? "features/scaled" : "features/popular",
            ONNXFeatures.known,
          ],
          "embedding"))
    }

    private mutating func addPopularity() {
      cast("scaled", .double, "exact")
      add("MatMul", ["features/exact", "features/covariance"], "spread")
      add("Mul", ["features/spread", "features/exact"], "terms")
      sum("terms", "variance")
      add("Max", ["features/variance", "features/nought"], "least_variance")
      add("Sqrt", ["features/least_variance"], "deviation")
      cast("deviation", .float, "deviation_f")
      add("Mul", ["features/deviation_f", "features/popularity"], "bias")
      add("Concat", ["features/scaled", "features/bias"], "popular", ["axis": 1])
    }
  }
}
