import Kernels
import Servable
import ServingMessages

/// The vectors of encodings.
extension ONNXFeatures {
  /// The encoding of unknown queries, times the table.
  mutating func multiply() {
    add("Concat", features.blocks.indices.map { "features/block_\($0)" }, "encoding", ["axis": 1])
    add("MatMul", ["features/encoding", "features"], "sum")
  }

  /// The encoding times the table, added to what the tower has of a query. Features of queries that the model knows, and of
  /// those without a known value, count for nothing.
  mutating func multiplyInContext() {
    add("Gather", [Self.name(ofTable: "context_inputs"), "row"], "inputs", ["axis": 0])
    var inputs = "features/inputs"
    if features.readsQuery {
      describe()
      cast("described", .float, "described_f")
      add("Where", ["features/described", "features/zero", inputs], "inputs_of_known")
      inputs = "features/inputs_of_known"
    }
    let blocks = features.blocks.enumerated().map { number, block in
      guard !block.isOfContext else { return "features/block_\(number)" }
      add("Mul", ["features/block_\(number)", "features/described_f"], "counted_\(number)")
      return "features/counted_\(number)"
    }
    add("Concat", blocks, "encoding", ["axis": 1])
    add("MatMul", ["features/encoding", "features"], "added")
    add("Add", [inputs, "features/added"], "sum")
  }

  /// `true` for unknown queries with features.
  private mutating func describe() {
    let some = any(knownValues.ofQuery, "any")
    add("Not", ["features/own_1"], "stranger")
    add("And", ["features/stranger", some], "described")
  }

  /// `true` for queries in a context that counts.
  private mutating func place() {
    let some = any(knownValues.ofContext, "any_context")
    add("Gather", [Self.name(ofTable: "context_mask"), "row"], "mask", ["axis": 0])
    add("Greater", ["features/mask", "features/zero"], "answered")
    add("And", ["features/answered", some], "placed")
  }

  private mutating func any(_ known: [String], _ name: String) -> String {
    var some = known[0]
    for (number, other) in known.dropFirst().enumerated() {
      add("Or", [some, other], "\(name)_\(number)")
      some = "features/\(name)_\(number)"
    }
    return some
  }

  mutating func pass(through layers: FeatureInputs.Layers) {
    for layer in 1...layers.count {
      func table(_ part: String) -> String { Self.name(ofTable: "layer_\(layer)_\(part)") }
      let input = layer == 1 ? "features/sum" : "features/layer_\(layer - 1)"
      add("MatMul", [input, table("weights")], "product_\(layer)")
      let isLast = layer == layers.count
      add("Add", ["features/product_\(layer)", table("bias")], isLast ? "layer_\(layer)" : "biased_\(layer)")
      guard !isLast else { return }
      if layers.isNormalised { normalise(layer, gain: table("gain"), shift: table("shift")) }
      activate(layer, layers.activation, layers.isNormalised ? "features/shifted_\(layer)" : "features/biased_\(layer)")
    }
  }

  private mutating func normalise(_ layer: Int, gain: String, shift: String) {
    if layer == 1 { constants.append(Self.floats("features/least_variance_of_layers", [Matrix.leastVariance])) }
    add("ReduceMean", ["features/biased_\(layer)", "one"], "mean_\(layer)", ["keepdims": 1])
    add("Sub", ["features/biased_\(layer)", "features/mean_\(layer)"], "centred_\(layer)")
    add("Mul", ["features/centred_\(layer)", "features/centred_\(layer)"], "centred_squares_\(layer)")
    add("ReduceMean", ["features/centred_squares_\(layer)", "one"], "variance_\(layer)", ["keepdims": 1])
    add("Add", ["features/variance_\(layer)", "features/least_variance_of_layers"], "positive_\(layer)")
    add("Sqrt", ["features/positive_\(layer)"], "deviation_\(layer)")
    add("Div", ["features/centred_\(layer)", "features/deviation_\(layer)"], "standard_\(layer)")
    add("Mul", ["features/standard_\(layer)", gain], "gained_\(layer)")
    add("Add", ["features/gained_\(layer)", shift], "shifted_\(layer)")
  }

  private mutating func activate(_ layer: Int, _ activation: Activation, _ sums: String) {
    switch activation {
    case .relu: add("Relu", [sums], "layer_\(layer)")
    case .gelu:
      if layer == 1 {
        constants.append(Self.floats("features/cubic", [Activation.gelu.cubic]))
        constants.append(Self.floats("features/steepness", [Activation.gelu.factor]))
      }
      add("Mul", [sums, sums], "squares_\(layer)")
      add("Mul", ["features/squares_\(layer)", sums], "cubes_\(layer)")
      add("Mul", ["features/cubes_\(layer)", "features/cubic"], "bent_\(layer)")
      add("Add", [sums, "features/bent_\(layer)"], "curve_\(layer)")
      add("Mul", ["features/curve_\(layer)", "features/steepness"], "steep_\(layer)")
      add("Sigmoid", ["features/steep_\(layer)"], "gate_\(layer)")
      add("Mul", [sums, "features/gate_\(layer)"], "layer_\(layer)")
    }
  }

  /// Adds the nodes from sums to the vectors of all queries: features count if the query is unknown and a value is known,
  /// and contexts if a value is known.
  mutating func scale() {
    let sums = features.layers.map { "layer_\($0.count)" } ?? "sum"
    add("Mul", ["features/\(sums)", "features/\(sums)"], "squares")
    sum("squares", "square")
    add("Sqrt", ["features/square"], "root")
    add("Max", ["features/root", "features/least"], "length")
    add("Div", ["features/\(sums)", features.isNormalised ? "features/length" : "features/unit"], "scaled")
    if let popularity = features.popularity { addPopularity(popularity.weight, popularity.covariance) }
    var counts = "features/described"
    if features.readsContext {
      place()
      counts = "features/placed"
      if features.readsQuery {
        add("Or", ["features/described", counts], "counts")
        counts = "features/counts"
      }
    } else {
      describe()
    }
    nodes.append(
      ONNXRetrieval.node(
        "Where", [counts, features.popularity == nil ? "features/scaled" : "features/popular", Self.known],
        "embedding"))
  }

  private mutating func addPopularity(_ weight: Float, _ covariance: [Double]) {
    constants.append(Self.doubles("features/covariance", covariance, [features.dimension, features.dimension]))
    constants.append(Self.floats("features/popularity", [weight]))
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
