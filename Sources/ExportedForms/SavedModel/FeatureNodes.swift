import Kernels
import Servable
import ServingMessages

/// The nodes that give unknown queries with features their vectors: an encoding times the table of the features' values,
/// at the tower's length, with popularity. They follow the nodes `row` and `emb`, and stand in a function whose
/// arguments are `feature_0` and so on, with the variable `features`.
///
/// A given value is compared with every value of a feature, so that no look-up table is needed. An input of one row is for all
/// queries.
struct FeatureNodes {
  /// The reference of the vectors of all queries: known ones have their own.
  let result = "vector:output:0"
  private(set) var all: [TFNode] = []
  /// References of the blocks of the encoding, and of `true` where a query has a known value.
  private var blocks: [String] = []
  private var known: [String] = []

  private static let float: Attribute = .type(.dtFloat)
  private static let double: Attribute = .type(.dtDouble)
  private static let axis: [String: Attribute] = ["Tidx": .type(.dtInt32)]
  private static let kept: [String: Attribute] = ["Tidx": .type(.dtInt32), "keep_dims": .flag(true), "T": float]

  init(_ features: FeatureInputs) {
    all = [
      TFNode("axis1", constant: .int32(1)), TFNode("axis2", constant: .int32(2)),
      TFNode("zero", constant: .float(0)), TFNode("unit", constant: .float(1)),
      TFNode("nought", constant: .doubles([0], shape: [])),
      TFNode("rank1", "ExpandDims", ["row:values:0", "axis1:output:0"], ["T": .type(.dtInt64)]),
      TFNode("own", "Greater", ["rank1:output:0", "unknown:output:0"], ["T": .type(.dtInt64)]),
      TFNode("own_f", "Cast", ["own:z:0"], ["SrcT": .type(.dtBool), "DstT": Self.float]),
      TFNode("ones", "OnesLike", ["own_f:y:0"], ["T": Self.float]),
    ]
    for (number, input) in features.inputs.enumerated() { read(input, number) }
    for (number, block) in features.blocks.enumerated() {
      let input = features.inputs[block.input]
      switch block.scale {
      case .values(let values): compare(number, block.input, values, isList: input.kind == .list)
      case .bounds(let bounds): cut(number, block.input, bounds)
      case .moments(let mean, let deviation): scale(number, block.input, mean, deviation)
      }
      add("block_\(number)", "Mul", ["encoded_\(number):\(Self.output(block.scale)):0", "ones:y:0"], ["T": Self.float])
      blocks.append("block_\(number):z:0")
    }
    multiply(features)
    choose(features.popularity == nil ? "scaled:z:0" : "popular:output:0")
  }

  private mutating func add(
    _ name: String, _ operation: String, _ inputs: [String], _ attributes: [String: Attribute] = [:]
  ) { all.append(TFNode(name, operation, inputs, attributes)) }

  /// A column, or for a list a column in a further dimension.
  private mutating func read(_ input: FeatureInputs.Input, _ number: Int) {
    add(
      "x_\(number)", "ExpandDims", ["feature_\(number)", input.kind == .list ? "axis2:output:0" : "axis1:output:0"],
      ["T": input.kind == .number ? Self.double : .type(.dtString)])
    guard input.kind == .number else { return }
    // An infinite number less itself is NaN.
    add("rest_\(number)", "Sub", ["x_\(number):output:0", "x_\(number):output:0"], ["T": Self.double])
    add("there_\(number)", "Equal", ["rest_\(number):z:0", "nought:output:0"], ["T": Self.double])
    add("there_f_\(number)", "Cast", ["there_\(number):z:0"], ["SrcT": .type(.dtBool), "DstT": Self.float])
  }

  private static func output(_ scale: FeatureInputs.Scale) -> String {
    if case .moments = scale { "output" } else { "z" }
  }

  private mutating func compare(_ block: Int, _ input: Int, _ values: [String], isList: Bool) {
    all.append(TFNode("values_\(block)", constant: .strings(values, shape: [values.count])))
    add(
      "equal_\(block)", "Equal", ["x_\(input):output:0", "values_\(block):output:0"], ["T": .type(.dtString)])
    if isList { add("some_\(block)", "Any", ["equal_\(block):z:0", "axis1:output:0"], Self.axis) }
    let hit = isList ? "some_\(block):output:0" : "equal_\(block):z:0"
    add("hit_\(block)", "Cast", [hit], ["SrcT": .type(.dtBool), "DstT": Self.float])
    add("count_\(block)", "Sum", ["hit_\(block):y:0", "axis1:output:0"], Self.kept)
    add("most_\(block)", "Maximum", ["count_\(block):output:0", "unit:output:0"], ["T": Self.float])
    add("weight_\(block)", "Rsqrt", ["most_\(block):z:0"], ["T": Self.float])
    add("encoded_\(block)", "Mul", ["hit_\(block):y:0", "weight_\(block):y:0"], ["T": Self.float])
    add("known_\(block)", "Greater", ["count_\(block):output:0", "zero:output:0"], ["T": Self.float])
    known.append("known_\(block):z:0")
  }

  /// A bucket is where the row of reached bounds, begun with 1, ends.
  private mutating func cut(_ block: Int, _ input: Int, _ bounds: [Double]) {
    let there = "there_f_\(input):y:0"
    let concatenation: [String: Attribute] = ["N": .number(2), "T": Self.float, "Tidx": .type(.dtInt32)]
    all.append(TFNode("bounds_\(block)", constant: .doubles(bounds, shape: [bounds.count])))
    add(
      "reached_\(block)", "GreaterEqual", ["x_\(input):output:0", "bounds_\(block):output:0"], ["T": Self.double])
    add("reached_f_\(block)", "Cast", ["reached_\(block):z:0"], ["SrcT": .type(.dtBool), "DstT": Self.float])
    add("steps_\(block)", "Mul", ["reached_f_\(block):y:0", there], ["T": Self.float])
    add("nothing_\(block)", "Sub", [there, there], ["T": Self.float])
    add("from_\(block)", "ConcatV2", [there, "steps_\(block):z:0", "axis1:output:0"], concatenation)
    add(
      "to_\(block)", "ConcatV2", ["steps_\(block):z:0", "nothing_\(block):z:0", "axis1:output:0"], concatenation)
    add("encoded_\(block)", "Sub", ["from_\(block):output:0", "to_\(block):output:0"], ["T": Self.float])
    known.append("there_\(input):z:0")
  }

  private mutating func scale(_ block: Int, _ input: Int, _ mean: Double, _ deviation: Double) {
    all.append(TFNode("mean_\(block)", constant: .doubles([mean], shape: [])))
    // A number says nothing if all were the same in training.
    all.append(
      TFNode("factor_\(block)", constant: .doubles([deviation > 0 ? deviation : .infinity], shape: [])))
    add("less_\(block)", "Sub", ["x_\(input):output:0", "mean_\(block):output:0"], ["T": Self.double])
    add("by_\(block)", "RealDiv", ["less_\(block):z:0", "factor_\(block):output:0"], ["T": Self.double])
    add("by_f_\(block)", "Cast", ["by_\(block):z:0"], ["SrcT": Self.double, "DstT": Self.float])
    add(
      "encoded_\(block)", "SelectV2", ["there_\(input):z:0", "by_f_\(block):y:0", "zero:output:0"],
      ["T": Self.float])
    known.append("there_\(input):z:0")
  }

  /// Adds the nodes from the encoding to vectors.
  private mutating func multiply(_ features: FeatureInputs) {
    add("rows", "ReadVariableOp", ["features"], ["dtype": Self.float])
    if blocks.count == 1 {
      add("encoding", "Identity", blocks, ["T": Self.float])
    } else {
      add(
        "encoding", "ConcatV2", blocks + ["axis1:output:0"],
        ["N": .number(blocks.count), "T": Self.float, "Tidx": .type(.dtInt32)])
    }
    add("sum", "MatMul", ["encoding:output:0", "rows:value:0"], ["T": Self.float])
    all.append(TFNode("least", constant: .float(1e-12)))
    add("squares", "Square", ["sum:product:0"], ["T": Self.float])
    add("square", "Sum", ["squares:y:0", "axis1:output:0"], Self.kept)
    add("root", "Sqrt", ["square:output:0"], ["T": Self.float])
    add("length", "Maximum", ["root:y:0", "least:output:0"], ["T": Self.float])
    add(
      "scaled", "RealDiv", ["sum:product:0", features.isNormalised ? "length:z:0" : "unit:output:0"],
      ["T": Self.float])
    guard let popularity = features.popularity else { return }
    let dimension = features.table.columns
    all.append(
      TFNode("covariance", constant: .doubles(popularity.covariance, shape: [dimension, dimension])))
    all.append(TFNode("popularity", constant: .float(popularity.weight)))
    add("exact", "Cast", ["scaled:z:0"], ["SrcT": Self.float, "DstT": Self.double])
    add("spread", "MatMul", ["exact:y:0", "covariance:output:0"], ["T": Self.double])
    add("terms", "Mul", ["spread:product:0", "exact:y:0"], ["T": Self.double])
    add(
      "variance", "Sum", ["terms:z:0", "axis1:output:0"],
      ["Tidx": .type(.dtInt32), "keep_dims": .flag(true), "T": Self.double])
    add("least_variance", "Maximum", ["variance:output:0", "nought:output:0"], ["T": Self.double])
    add("deviation", "Sqrt", ["least_variance:z:0"], ["T": Self.double])
    add("deviation_f", "Cast", ["deviation:y:0"], ["SrcT": Self.double, "DstT": Self.float])
    add("bias", "Mul", ["deviation_f:y:0", "popularity:output:0"], ["T": Self.float])
    add(
      "popular", "ConcatV2", ["scaled:z:0", "bias:z:0", "axis1:output:0"],
      ["N": .number(2), "T": Self.float, "Tidx": .type(.dtInt32)])
  }

  /// Features count where the query is unknown and a value is known.
  private mutating func choose(_ vectors: String) {
    var some = known.first ?? "own:z:0"
    for (number, other) in known.dropFirst().enumerated() {
      add("any_\(number)", "LogicalOr", [some, other])
      some = "any_\(number):z:0"
    }
    add("stranger", "LogicalNot", ["own:z:0"])
    add("described", "LogicalAnd", ["stranger:y:0", some])
    add("vector", "SelectV2", ["described:z:0", vectors, "emb:output:0"], ["T": Self.float])
  }
}
