import Kernels
import Servable
import ServingMessages

/// The vectors of encodings. Each function returns the reference of its result.
extension FeatureNodes {
  /// The encoding of unknown queries, times the table.
  mutating func multiply() -> String {
    if blocks.count == 1 {
      add("encoding", "Identity", blocks, ["T": Self.float])
    } else {
      join("encoding", blocks)
    }
    add("sum", "MatMul", ["encoding:output:0", "rows:value:0"], ["T": Self.float])
    return "sum:product:0"
  }

  /// The encoding times the table, added to what the tower has of a query. Features of queries that the model knows, and of
  /// those without a known value, count for nothing.
  mutating func multiplyInContext() -> String {
    gather("inputs", from: "context_inputs")
    var inputs = "inputs:output:0"
    if features.readsQuery {
      let described = describe()
      add("described_f", "Cast", [described], ["SrcT": .type(.dtBool), "DstT": Self.float])
      add("inputs_of_known", "SelectV2", [described, "zero:output:0", inputs], ["T": Self.float])
      inputs = "inputs_of_known:output:0"
    }
    for (number, block) in features.blocks.enumerated() where !block.isOfContext {
      add("counted_\(number)", "Mul", [blocks[number], "described_f:y:0"], ["T": Self.float])
      blocks[number] = "counted_\(number):z:0"
    }
    let added = multiply()
    add("sum_in_context", "AddV2", [inputs, added], ["T": Self.float])
    return "sum_in_context:z:0"
  }

  private mutating func gather(_ name: String, from table: String) {
    add(name, "ResourceGather", [table, "row:values:0"], ["dtype": Self.float, "Tindices": .type(.dtInt64)])
  }

  /// `true` for unknown queries with features.
  private mutating func describe() -> String {
    let some = any(knownValues.ofQuery, "any")
    add("stranger", "LogicalNot", ["own:z:0"])
    add("described", "LogicalAnd", ["stranger:y:0", some])
    return "described:z:0"
  }

  /// `true` for queries in a context that counts.
  private mutating func place() -> String {
    let some = any(knownValues.ofContext, "any_context")
    gather("mask", from: "context_mask")
    add("answered", "Greater", ["mask:output:0", "zero:output:0"], ["T": Self.float])
    add("placed", "LogicalAnd", ["answered:z:0", some])
    return "placed:z:0"
  }

  private mutating func any(_ known: [String], _ name: String) -> String {
    var some = known[0]
    for (number, other) in known.dropFirst().enumerated() {
      add("\(name)_\(number)", "LogicalOr", [some, other])
      some = "\(name)_\(number):z:0"
    }
    return some
  }

  mutating func pass(_ inputs: String, through layers: FeatureInputs.Layers) -> String {
    var values = inputs
    for layer in 1...layers.count {
      read("weights", of: layer)
      read("bias", of: layer)
      add("product_\(layer)", "MatMul", [values, "layer_\(layer)_weights_read:value:0"], ["T": Self.float])
      add(
        "biased_\(layer)", "AddV2", ["product_\(layer):product:0", "layer_\(layer)_bias_read:value:0"],
        ["T": Self.float])
      values = "biased_\(layer):z:0"
      guard layer < layers.count else { break }
      if layers.isNormalised { values = normalise(values, layer) }
      values = activate(values, layer, layers.activation)
    }
    return values
  }

  private mutating func read(_ part: String, of layer: Int) {
    add("layer_\(layer)_\(part)_read", "ReadVariableOp", ["layer_\(layer)_\(part)"], ["dtype": Self.float])
  }

  private mutating func normalise(_ sums: String, _ layer: Int) -> String {
    read("gain", of: layer)
    read("shift", of: layer)
    all.append(TFNode("epsilon_\(layer)", constant: .float(Matrix.leastVariance)))
    add("mean_\(layer)_of_sums", "Mean", [sums, "axis1:output:0"], Self.kept)
    add("centred_\(layer)", "Sub", [sums, "mean_\(layer)_of_sums:output:0"], ["T": Self.float])
    add("centred_squares_\(layer)", "Square", ["centred_\(layer):z:0"], ["T": Self.float])
    add("variance_\(layer)", "Mean", ["centred_squares_\(layer):y:0", "axis1:output:0"], Self.kept)
    add("positive_\(layer)", "AddV2", ["variance_\(layer):output:0", "epsilon_\(layer):output:0"], ["T": Self.float])
    add("deviation_\(layer)", "Sqrt", ["positive_\(layer):z:0"], ["T": Self.float])
    add("standard_\(layer)", "RealDiv", ["centred_\(layer):z:0", "deviation_\(layer):y:0"], ["T": Self.float])
    add("gained_\(layer)", "Mul", ["standard_\(layer):z:0", "layer_\(layer)_gain_read:value:0"], ["T": Self.float])
    add("shifted_\(layer)", "AddV2", ["gained_\(layer):z:0", "layer_\(layer)_shift_read:value:0"], ["T": Self.float])
    return "shifted_\(layer):z:0"
  }

  private mutating func activate(_ sums: String, _ layer: Int, _ activation: Activation) -> String {
    switch activation {
    case .relu:
      add("relu_\(layer)", "Relu", [sums], ["T": Self.float])
      return "relu_\(layer):activations:0"
    case .gelu:
      all.append(TFNode("cubic_\(layer)", constant: .float(Activation.gelu.cubic)))
      all.append(TFNode("steepness_\(layer)", constant: .float(Activation.gelu.factor)))
      add("squares_\(layer)", "Square", [sums], ["T": Self.float])
      add("cubes_\(layer)", "Mul", ["squares_\(layer):y:0", sums], ["T": Self.float])
      add("bent_\(layer)", "Mul", ["cubes_\(layer):z:0", "cubic_\(layer):output:0"], ["T": Self.float])
      add("curve_\(layer)", "AddV2", [sums, "bent_\(layer):z:0"], ["T": Self.float])
      add("steep_\(layer)", "Mul", ["curve_\(layer):z:0", "steepness_\(layer):output:0"], ["T": Self.float])
      add("gate_\(layer)", "Sigmoid", ["steep_\(layer):z:0"], ["T": Self.float])
      add("gelu_\(layer)", "Mul", [sums, "gate_\(layer):y:0"], ["T": Self.float])
      return "gelu_\(layer):z:0"
    }
  }

  /// Sums at the tower's length, with popularity.
  mutating func scale(_ sums: String) -> String {
    all.append(TFNode("least", constant: .float(1e-12)))
    add("squares", "Square", [sums], ["T": Self.float])
    add("square", "Sum", ["squares:y:0", "axis1:output:0"], Self.kept)
    add("root", "Sqrt", ["square:output:0"], ["T": Self.float])
    add("length", "Maximum", ["root:y:0", "least:output:0"], ["T": Self.float])
    add("scaled", "RealDiv", [sums, features.isNormalised ? "length:z:0" : "unit:output:0"], ["T": Self.float])
    guard let popularity = features.popularity else { return "scaled:z:0" }
    let dimension = features.dimension
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
    join("popular", ["scaled:z:0", "bias:z:0"])
    return "popular:output:0"
  }

  /// Features count where the query is unknown and a value is known, and contexts where a value is known.
  mutating func choose(_ vectors: String) {
    let counts: String
    if features.readsContext {
      let placed = place()
      if features.readsQuery { add("counts", "LogicalOr", ["described:z:0", placed]) }
      counts = features.readsQuery ? "counts:z:0" : placed
    } else {
      counts = describe()
    }
    add("vector", "SelectV2", [counts, vectors, "emb:output:0"], ["T": Self.float])
  }
}
