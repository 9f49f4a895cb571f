import BasicAlgorithms
import Features
import Kernels
import Servable
import ServingMessages

/// The nodes that give queries with features, and queries in a context, their vectors: what the tower has of a known query,
/// or nothing for an unknown one with features, and an encoding times the table of the features' values, through dense
/// layers where the tower has some, at its length, with popularity. `row` and `known` come before them, and `embedding` is
/// their result.
///
/// A given value is compared with every value of a feature, so that no look-up table is needed. An input of one row is for all
/// queries, as the default of one that is left out: NaN, "" or an empty list. Names have a slash, which keeps them apart
/// from inputs.
struct ONNXFeatures {
  /// The vectors of known queries, and that of unknown ones.
  static let known = "features/known"
  let features: FeatureInputs
  var nodes: [ONNXNode] = []
  /// The constants, without the tables, which are in the file of vectors.
  var constants: [ONNXTensor] = []
  /// `true` where a query has a known value of a feature, of its own or of its context.
  private(set) var knownValues: (ofQuery: [String], ofContext: [String]) = ([], [])
  private var times = 0

  init(_ features: FeatureInputs) {
    self.features = features
    constants = [
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
    add("Greater", ["row", "zero"], "own")
    add("Unsqueeze", ["features/own", "one"], "own_1")
    add("Equal", ["row", "row"], "all")
    cast("all", .float, "all_f")
    add("Unsqueeze", ["features/all_f", "one"], "ones")
    for (number, input) in features.inputs.enumerated() { read(input, number) }
    for (number, block) in features.blocks.enumerated() { encode(block, number) }
    if features.readsContext { multiplyInContext() } else { multiply() }
    if let layers = features.layers { pass(through: layers) }
    scale()
  }

  /// The name of a table among the constants.
  static func name(_ table: FeatureTable) -> String { name(ofTable: table.name) }

  static func name(ofTable name: String) -> String { name == "features" ? name : "features/\(name)" }

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

  static func floats(_ name: String, _ values: [Float]) -> ONNXTensor {
    ONNXRetrieval.tensor(name, .float, [values.count], values.flatMap { littleEndian($0.bitPattern) })
  }

  static func doubles(_ name: String, _ values: [Double], _ shape: [Int]? = nil) -> ONNXTensor {
    ONNXRetrieval.tensor(name, .double, shape ?? [values.count], values.flatMap { littleEndian($0.bitPattern) })
  }

  /// Adds a node whose output has the prefix `features/`.
  mutating func add(
    _ operation: String, _ inputs: [String], _ output: String, _ attributes: KeyValuePairs<String, Int> = [:]
  ) { nodes.append(ONNXRetrieval.node(operation, inputs, "features/\(output)", attributes)) }

  mutating func cast(_ input: String, _ kind: ONNXRetrieval.Kind, _ output: String) {
    add("Cast", ["features/\(input)"], output, ["to": Int(kind.rawValue)])
  }

  mutating func sum(_ input: String, _ output: String, keeps: Bool = true) {
    add("ReduceSum", ["features/\(input)", "one"], output, ["keepdims": keeps ? 1 : 0])
  }
}

/// The encoding of what is given.
extension ONNXFeatures {
  /// A column, or for a list a column in a further dimension.
  private mutating func read(_ input: FeatureInputs.Input, _ number: Int) {
    add("Unsqueeze", [input.name, input.kind == .list ? "axis2" : "one"], "x_\(number)")
    guard input.kind == .number else { return }
    // An infinite number less itself is NaN.
    add("Sub", ["features/x_\(number)", "features/x_\(number)"], "rest_\(number)")
    add("Equal", ["features/rest_\(number)", "features/nought"], "there_\(number)")
    cast("there_\(number)", .float, "there_f_\(number)")
  }

  private mutating func encode(_ block: FeatureInputs.Block, _ number: Int) {
    let name = "features/scale_\(number)"
    var isKnown = "features/there_\(block.input)"
    switch block.scale {
    case .values(let values):
      constants.append(ONNXRetrieval.strings(name, [values.count], values))
      isKnown = compare(number, block.input, isList: features.inputs[block.input].kind == .list)
    case .timePart(let part):
      constants.append(Self.doubles(name, part.numbers))
      isKnown = compare(number, block.input, part)
    case .bounds(let bounds):
      constants.append(Self.doubles(name, bounds))
      cut(number, block.input)
    case .moments(let mean, let deviation):
      constants.append(Self.doubles(name, [mean]))
      // A number says nothing if all were the same in training.
      constants.append(Self.doubles("features/factor_\(number)", [deviation > 0 ? deviation : .infinity]))
      scale(number, block.input)
    }
    if block.isOfContext { knownValues.ofContext.append(isKnown) } else { knownValues.ofQuery.append(isKnown) }
    add("Mul", ["features/encoded_\(number)", "features/ones"], "block_\(number)")
  }

  /// - Returns: `true` where a value is known.
  private mutating func compare(_ block: Int, _ input: Int, isList: Bool) -> String {
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
    return "features/known_\(block)"
  }

  /// - Returns: `true` where a time is one.
  private mutating func compare(_ block: Int, _ input: Int, _ part: TimePart) -> String {
    constants.append(Self.doubles("features/beyond_\(block)", [TimePart.end]))
    add("Floor", ["features/x_\(input)"], "seconds_\(block)")
    add("Abs", ["features/seconds_\(block)"], "distance_\(block)")
    add("Less", ["features/distance_\(block)", "features/beyond_\(block)"], "known_\(block)")
    let number = self.part(part, of: "features/seconds_\(block)")
    add("Equal", [number, "features/scale_\(block)"], "equal_\(block)")
    add("And", ["features/equal_\(block)", "features/known_\(block)"], "hit_\(block)")
    cast("hit_\(block)", .float, "encoded_\(block)")
    return "features/known_\(block)"
  }

  /// A bucket is where the row of reached bounds, begun with 1, ends.
  private mutating func cut(_ block: Int, _ input: Int) {
    let there = "features/there_f_\(input)"
    add("GreaterOrEqual", ["features/x_\(input)", "features/scale_\(block)"], "reached_\(block)")
    cast("reached_\(block)", .float, "reached_f_\(block)")
    add("Mul", ["features/reached_f_\(block)", there], "steps_\(block)")
    add("Sub", [there, there], "nothing_\(block)")
    add("Concat", [there, "features/steps_\(block)"], "from_\(block)", ["axis": 1])
    add("Concat", ["features/steps_\(block)", "features/nothing_\(block)"], "to_\(block)", ["axis": 1])
    add("Sub", ["features/from_\(block)", "features/to_\(block)"], "encoded_\(block)")
  }

  private mutating func scale(_ block: Int, _ input: Int) {
    add("Sub", ["features/x_\(input)", "features/scale_\(block)"], "less_\(block)")
    add("Div", ["features/less_\(block)", "features/factor_\(block)"], "by_\(block)")
    cast("by_\(block)", .float, "by_f_\(block)")
    add("Where", ["features/there_\(input)", "features/by_f_\(block)", "features/zero"], "encoded_\(block)")
  }
}

extension ONNXFeatures: TimeArithmetic {
  mutating func apply(_ operation: TimeOperation, _ number: String, _ constant: Double) -> String {
    guard operation != .floor else { return apply("Floor", [number]) }
    let name = "features/time_constant_\(times)"
    constants.append(Self.doubles(name, [constant]))
    return apply(operation, number, by: name)
  }

  mutating func apply(_ operation: TimeOperation, _ left: String, by right: String) -> String {
    switch operation {
    case .add: apply("Add", [left, right])
    case .subtract: apply("Sub", [left, right])
    case .multiply: apply("Mul", [left, right])
    case .divide: apply("Div", [left, right])
    case .floor: apply("Floor", [left])
    }
  }

  private mutating func apply(_ operation: String, _ inputs: [String]) -> String {
    times += 1
    add(operation, inputs, "time_\(times)")
    return "features/time_\(times)"
  }
}
