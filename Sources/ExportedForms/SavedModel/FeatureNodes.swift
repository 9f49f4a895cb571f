import Features
import Kernels
import Servable
import ServingMessages

/// The nodes that give queries with features, and queries in a context, their vectors: what the tower has of a known query,
/// or nothing for an unknown one with features, and an encoding times the table of the features' values, through dense
/// layers where the tower has some, at its length, with popularity. They follow the nodes `row` and `emb`, and stand in a
/// function whose arguments are `feature_0` and so on, with the tables as variables.
///
/// A given value is compared with every value of a feature, so that no look-up table is needed. An input of one row is for all
/// queries.
struct FeatureNodes {
  /// The reference of the vectors of all queries: known ones without a context have their own.
  let result = "vector:output:0"
  var all: [TFNode] = []
  let features: FeatureInputs
  /// References of the blocks of the encoding.
  var blocks: [String] = []
  /// References of `true` where a query has a known value, of its own or of its context.
  private(set) var knownValues: (ofQuery: [String], ofContext: [String]) = ([], [])
  private var times = 0

  static let float: Attribute = .type(.dtFloat)
  static let double: Attribute = .type(.dtDouble)
  private static let axis: [String: Attribute] = ["Tidx": .type(.dtInt32)]
  static let kept: [String: Attribute] = ["Tidx": .type(.dtInt32), "keep_dims": .flag(true), "T": float]

  init(_ features: FeatureInputs) {
    self.features = features
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
    for (number, block) in features.blocks.enumerated() { encode(block, number) }
    add("rows", "ReadVariableOp", ["features"], ["dtype": Self.float])
    var sums = features.readsContext ? multiplyInContext() : multiply()
    if let layers = features.layers { sums = pass(sums, through: layers) }
    choose(scale(sums))
  }

  mutating func add(
    _ name: String, _ operation: String, _ inputs: [String], _ attributes: [String: Attribute] = [:]
  ) { all.append(TFNode(name, operation, inputs, attributes)) }

  /// Adds a node that joins columns of numbers.
  mutating func join(_ name: String, _ parts: [String]) {
    add(
      name, "ConcatV2", parts + ["axis1:output:0"],
      ["N": .number(parts.count), "T": Self.float, "Tidx": .type(.dtInt32)])
  }
}

/// The encoding of what is given.
extension FeatureNodes {
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

  private mutating func encode(_ block: FeatureInputs.Block, _ number: Int) {
    var (encoded, isKnown) = ("encoded_\(number):z:0", "there_\(block.input):z:0")
    switch block.scale {
    case .values(let values):
      compare(number, block.input, values, isList: features.inputs[block.input].kind == .list)
      isKnown = "known_\(number):z:0"
    case .timePart(let part):
      compare(number, block.input, part)
      (encoded, isKnown) = ("encoded_\(number):y:0", "known_\(number):z:0")
    case .bounds(let bounds): cut(number, block.input, bounds)
    case .moments(let mean, let deviation):
      scale(number, block.input, mean, deviation)
      encoded = "encoded_\(number):output:0"
    }
    if block.isOfContext { knownValues.ofContext.append(isKnown) } else { knownValues.ofQuery.append(isKnown) }
    add("block_\(number)", "Mul", [encoded, "ones:y:0"], ["T": Self.float])
    blocks.append("block_\(number):z:0")
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
  }

  private mutating func compare(_ block: Int, _ input: Int, _ part: TimePart) {
    all.append(TFNode("values_\(block)", constant: .doubles(part.numbers, shape: [part.count])))
    all.append(TFNode("end_\(block)", constant: .doubles([TimePart.end], shape: [])))
    add("seconds_\(block)", "Floor", ["x_\(input):output:0"], ["T": Self.double])
    add("distance_\(block)", "Abs", ["seconds_\(block):y:0"], ["T": Self.double])
    add("known_\(block)", "Less", ["distance_\(block):y:0", "end_\(block):output:0"], ["T": Self.double])
    let number = self.part(part, of: "seconds_\(block):y:0")
    add("equal_\(block)", "Equal", [number, "values_\(block):output:0"], ["T": Self.double])
    add("hit_\(block)", "LogicalAnd", ["equal_\(block):z:0", "known_\(block):z:0"])
    add("encoded_\(block)", "Cast", ["hit_\(block):z:0"], ["SrcT": .type(.dtBool), "DstT": Self.float])
  }

  /// A bucket is where the row of reached bounds, begun with 1, ends.
  private mutating func cut(_ block: Int, _ input: Int, _ bounds: [Double]) {
    let there = "there_f_\(input):y:0"
    all.append(TFNode("bounds_\(block)", constant: .doubles(bounds, shape: [bounds.count])))
    add(
      "reached_\(block)", "GreaterEqual", ["x_\(input):output:0", "bounds_\(block):output:0"], ["T": Self.double])
    add("reached_f_\(block)", "Cast", ["reached_\(block):z:0"], ["SrcT": .type(.dtBool), "DstT": Self.float])
    add("steps_\(block)", "Mul", ["reached_f_\(block):y:0", there], ["T": Self.float])
    add("nothing_\(block)", "Sub", [there, there], ["T": Self.float])
    join("from_\(block)", [there, "steps_\(block):z:0"])
    join("to_\(block)", ["steps_\(block):z:0", "nothing_\(block):z:0"])
    add("encoded_\(block)", "Sub", ["from_\(block):output:0", "to_\(block):output:0"], ["T": Self.float])
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
  }
}

extension FeatureNodes: TimeArithmetic {
  mutating func apply(_ operation: TimeOperation, _ number: String, _ constant: Double) -> String {
    guard operation != .floor else { return apply("Floor", [number], output: "y") }
    let name = "time_constant_\(times)"
    all.append(TFNode(name, constant: .doubles([constant], shape: [])))
    return apply(operation, number, by: "\(name):output:0")
  }

  mutating func apply(_ operation: TimeOperation, _ left: String, by right: String) -> String {
    switch operation {
    case .add: apply("AddV2", [left, right], output: "z")
    case .subtract: apply("Sub", [left, right], output: "z")
    case .multiply: apply("Mul", [left, right], output: "z")
    case .divide: apply("RealDiv", [left, right], output: "z")
    case .floor: apply("Floor", [left], output: "y")
    }
  }

  private mutating func apply(_ operation: String, _ inputs: [String], output: String) -> String {
    times += 1
    add("time_\(times)", operation, inputs, ["T": Self.double])
    return "time_\(times):\(output):0"
  }
}
