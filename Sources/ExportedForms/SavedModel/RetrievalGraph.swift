import Kernels
import Servable
import ServingMessages
import Tables

/// The graph of a SavedModel: the functions of TensorFlow 2, and the session's graph that calls them, which TensorFlow
/// Serving and loaders of TensorFlow 1 run.
struct RetrievalGraph {
  let queryCount: Int
  let candidateCount: Int
  let dimension: Int
  /// The length of the lists.
  let k: Int
  /// `true` if candidates have names for people, which are a third list after scores and identifiers.
  let hasNames: Bool
  /// The features of queries and contexts, if the model reads such.
  let features: FeatureInputs?

  /// The score of the entries that fill up a list; finite, since JSON has no infinity.
  static let lowest: Float = -3.4028235e38

  /// The variables with their types and shapes.
  var variables: [(name: String, type: TFDataType, shape: [Int])] {
    [
      ("users", .dtFloat, [EmbeddingRow.count(vocabulary: queryCount), dimension]),
      ("candidates", .dtFloat, [candidateCount, dimension]),
      ("identifiers", .dtString, [candidateCount]), ("user_ids", .dtString, [queryCount]),
    ] + (hasNames ? [("names", .dtString, [candidateCount])] : [])
      + tables.map { ($0.name, .dtFloat, [$0.rows, $0.columns]) }
  }

  private var tables: [FeatureTable] { features?.tables ?? [] }

  /// The captured variables of the functions, in the order in which they follow the arguments.
  var captures: [String] {
    ["table", "users", "candidates", "identifiers"] + (hasNames ? ["names"] : [])
      + tables.map(\.name)
  }

  private var captured: [(String, TFDataType)] { captures.map { ($0, .dtResource) } }
  private var resources: [TFDataType] { captures.map { _ in .dtResource } }
  /// The types of a query's lists.
  private var listTypes: [TFDataType] { [.dtFloat, .dtString] + (hasNames ? [.dtString] : []) }

  func functions(_ signatures: [ServingSignature]) -> [TFFunction] {
    [retrieve, call, exclude] + (byFeatures.map { [$0] } ?? []) + signatures.map(function)
      + [createTable, initialiseTable]
  }

  /// The function of the best `k` of all candidates, equal scores ordered by row.
  private var retrieve: TFFunction {
    TFFunction(
      "retrieve", arguments: [("queries", .dtString), ("k", .dtInt32)] + captured,
      results: lists("top:values:0", "title:output:0", "name:output:0"),
      nodes: knownVectors + best("k", of: "emb:output:0"))
  }

  /// The function of the best of all candidates for queries with features.
  private var byFeatures: TFFunction? {
    features.map { features in
      let nodes = FeatureNodes(features)
      let inputs = features.inputs.enumerated().map { ServingSignature.input($1, number: $0) }
      return TFFunction(
        "by_features", arguments: [("queries", .dtString)] + inputs.map { ($0.argument, $0.type) } + captured,
        results: lists("top:values:0", "title:output:0", "name:output:0"),
        nodes: [TFNode("k", constant: .int32(k))] + knownVectors + nodes.all + best("k:output:0", of: nodes.result))
    }
  }

  /// The nodes of the rows of ids and of their vectors; row 0 for unknown ids.
  private var knownVectors: [TFNode] {
    [
      TFNode("unknown", constant: .int64(0)),
      TFNode(
        "row", "LookupTableFindV2", ["table", "queries", "unknown:output:0"],
        ["Tin": .type(.dtString), "Tout": .type(.dtInt64)]),
      TFNode(
        "emb", "ResourceGather", ["users", "row:values:0"], ["dtype": .type(.dtFloat), "Tindices": .type(.dtInt64)]),
    ]
  }

  /// The nodes from vectors to lists.
  private func best(_ k: String, of vectors: String) -> [TFNode] {
    [
      TFNode("cand", "ReadVariableOp", ["candidates"], ["dtype": .type(.dtFloat)]),
      TFNode(
        "dot", "MatMul", [vectors, "cand:value:0"], ["T": .type(.dtFloat), "transpose_b": .flag(true)]),
      TFNode("top", "TopKV2", ["dot:product:0", k], ["T": .type(.dtFloat)]),
      TFNode(
        "title", "ResourceGather", ["identifiers", "top:indices:0"],
        ["dtype": .type(.dtString), "Tindices": .type(.dtInt32)]),
    ]
      + (hasNames
        ? [
          TFNode(
            "name", "ResourceGather", ["names", "top:indices:0"],
            ["dtype": .type(.dtString), "Tindices": .type(.dtInt32)])
        ] : [])
  }

  /// The results of a function that returns lists.
  private func lists(
    _ scores: String, _ identifiers: String, _ names: String
  ) -> [(name: String, type: TFDataType, from: String)] {
    zip(listTypes, [scores, identifiers, names]).enumerated().map { number, list in
      (name: "output_\(number)", type: list.0, from: list.1)
    }
  }

  private func retrieving(_ k: String) -> TFNode {
    TFNode(
      "r", "StatefulPartitionedCall", ["queries", k] + captures,
      [
        "Tin": .types([.dtString, .dtInt32] + resources), "Tout": .types(listTypes),
        "f": .function("retrieve"),
      ])
  }

  private var call: TFFunction {
    TFFunction(
      "call", arguments: [("queries", .dtString)] + captured,
      results: lists("r:output:0", "r:output:1", "r:output:2"),
      nodes: [TFNode("k", constant: .int32(k)), retrieving("k:output:0")])
  }

  /// The function of the best k without exclusions: takes k + exclusions, and drops these. Names are distinct, so that
  /// suffices.
  private var exclude: TFFunction {
    let (int32, string): (Attribute, Attribute) = (.type(.dtInt32), .type(.dtString))
    return TFFunction(
      "exclude", arguments: [("queries", .dtString), ("exclusions", .dtString)] + captured,
      results: lists("top:values:0", "t:output:0", "names_of_t:output:0"),
      nodes: [
        TFNode("k", constant: .int32(k)), TFNode("count", constant: .int32(candidateCount)),
        TFNode("one", constant: .int32(list: [1])), TFNode("two", constant: .int32(list: [2])),
        TFNode("axis1", constant: .int32(1)), TFNode("axis2", constant: .int32(2)),
        TFNode("lowest", constant: .float(Self.lowest)), TFNode("empty", constant: .string("")),
        TFNode("shape", "Shape", ["exclusions"], ["T": string]),
        TFNode(
          "n", "StridedSlice", ["shape:output:0", "one:output:0", "two:output:0", "one:output:0"],
          ["T": int32, "Index": int32, "shrink_axis_mask": .number(1)]),
        TFNode("more", "AddV2", ["n:output:0", "k:output:0"], ["T": int32]),
        TFNode("kk", "Minimum", ["more:z:0", "count:output:0"], ["T": int32]), retrieving("kk:z:0"),
        TFNode("t3", "ExpandDims", ["r:output:1", "axis2:output:0"], ["T": string, "Tdim": int32]),
        TFNode("e3", "ExpandDims", ["exclusions", "axis1:output:0"], ["T": string, "Tdim": int32]),
        TFNode("same", "Equal", ["t3:output:0", "e3:output:0"], ["T": string]),
        TFNode("hit", "Any", ["same:z:0", "axis2:output:0"], ["Tidx": int32]),
        TFNode("s2", "SelectV2", ["hit:output:0", "lowest:output:0", "r:output:0"], ["T": .type(.dtFloat)]),
        TFNode("top", "TopKV2", ["s2:output:0", "k:output:0"], ["T": .type(.dtFloat)]),
      ] + kept("t", of: "r:output:1") + (hasNames ? kept("names_of_t", of: "r:output:2") : []))
  }

  /// Returns the nodes that drop excluded texts from a list, and fill it up with empty ones.
  private func kept(_ node: String, of list: String) -> [TFNode] {
    let (int32, string): (Attribute, Attribute) = (.type(.dtInt32), .type(.dtString))
    return [
      TFNode("\(node)_2", "SelectV2", ["hit:output:0", "empty:output:0", list], ["T": string]),
      TFNode(
        node, "GatherV2", ["\(node)_2:output:0", "top:indices:0", "axis1:output:0"],
        ["Tparams": string, "Tindices": int32, "Taxis": int32, "batch_dims": .number(1)]),
    ]
  }

  /// Returns the function of a TensorFlow 2 signature: arguments and results ordered by name.
  private func function(_ signature: ServingSignature) -> TFFunction {
    let results = signature.lists(hasNames: hasNames).enumerated().map { number, list in
      (name: list.name, type: list.type, from: "r:output:\(number)")
    }
    return TFFunction(
      signature.function, arguments: signature.keywords.map { ($0.argument, $0.type) } + captured,
      results: results.sorted { $0.name < $1.name },
      nodes: [calling("r", signature.target, signature.inputs.map { ($0.argument, $0.type) })])
  }

  private func calling(
    _ node: String, _ function: String, _ arguments: [(name: String, type: TFDataType)], shapes: [[Int]]? = nil
  ) -> TFNode {
    var attributes: [String: Attribute] = [
      "Tin": .types(arguments.map(\.type) + resources), "Tout": .types(listTypes),
      "f": .function(function),
    ]
    if let shapes { attributes["_output_shapes"] = .shapes(shapes) }
    return TFNode(node, "StatefulPartitionedCall", arguments.map(\.name) + captures, attributes)
  }

  private static let table: [String: Attribute] = [
    "key_dtype": .type(.dtString), "value_dtype": .type(.dtInt64), "shared_name": .text("user_ids_table"),
  ]

  private var createTable: TFFunction {
    TFFunction(
      "create_table", arguments: [], results: [("handle", .dtResource, "t:table_handle:0")],
      nodes: [TFNode("t", "HashTableV2", [], Self.table)])
  }

  private var initialiseTable: TFFunction {
    var function = TFFunction(
      "init_table", arguments: [("table", .dtResource), ("user_ids", .dtResource)],
      results: [("done", .dtInt32, "ok:output:0")],
      nodes: initialisation { "\($0):\($1):0" } + [
        TFNode("zero", constant: .int32(0)),
        TFNode("ok", "Identity", ["zero:output:0", "^init"], ["T": .type(.dtInt32)]),
      ])
    function.signature.controlOutput = ["init"]
    function.controlRet = ["init": "init"]
    return function
  }

  /// Row i + 1 for the i-th id.
  ///
  /// - Parameter output: returns the reference of a node's output.
  private func initialisation(_ output: (_ node: String, _ name: String) -> String) -> [TFNode] {
    [
      TFNode("keys", "ReadVariableOp", ["user_ids"], ["dtype": .type(.dtString)]),
      TFNode("first", constant: .int64(Int(EmbeddingRow.firstKnown.index))),
      TFNode("last", constant: .int64(EmbeddingRow.count(vocabulary: queryCount))),
      TFNode("step", constant: .int64(1)),
      TFNode(
        "rows", "Range", [output("first", "output"), output("last", "output"), output("step", "output")],
        ["Tidx": .type(.dtInt64)]),
      TFNode(
        "init", "InitializeTableV2", ["table", output("keys", "value"), output("rows", "output")],
        ["Tkey": .type(.dtString), "Tval": .type(.dtInt64)]),
    ]
  }

  static func key(_ variable: String) -> String { "\(variable)/.ATTRIBUTES/VARIABLE_VALUE" }

  /// The nodes of the session's graph.
  var session: [TFNode] {
    let lists = listTypes.map { _ in [-1, k] }
    var nodes = [TFNode("table", "HashTableV2", [], Self.table)]
    nodes += variables.map {
      TFNode(
        $0.name, "VarHandleOp", [],
        ["dtype": .type($0.type), "shape": .shape($0.shape), "shared_name": .text($0.name)])
    }
    nodes += [
      TFNode("queries", "Placeholder", [], ["dtype": .type(.dtString), "shape": .shape([-1])]),
      TFNode("exclusions", "Placeholder", [], ["dtype": .type(.dtString), "shape": .shape([-1, -1])]),
      calling("query", "call", [("queries", .dtString)], shapes: lists),
      calling("query_excl", "exclude", [("queries", .dtString), ("exclusions", .dtString)], shapes: lists),
    ]
    if let features {
      let inputs = features.inputs.enumerated().map { ServingSignature.input($1, number: $0) }
      nodes += inputs.flatMap(Self.placeholder)
      nodes.append(
        calling(
          "query_feat", "by_features", [("queries", .dtString)] + inputs.map { ($0.argument, $0.type) }, shapes: lists))
    }
    nodes += initialisation { node, _ in node }
    nodes.append(TFNode("init_all", "NoOp", ["^init"]))
    return nodes + restoration
  }

  /// The nodes of an input that may be left out.
  private static func placeholder(_ input: ServingSignature.Input) -> [TFNode] {
    guard let missing = input.missing else { return [] }
    return [
      TFNode("\(input.argument)_missing", constant: missing),
      TFNode(
        input.argument, "PlaceholderWithDefault", ["\(input.argument)_missing"],
        ["dtype": .type(input.type), "shape": .shape(input.shape)]),
    ]
  }

  /// The nodes that restore the variables from the files whose prefix the loader feeds.
  private var restoration: [TFNode] {
    let names = variables.map(\.name)
    return [
      TFNode("prefix", constant: .string("")),
      TFNode("restore_names", constant: .strings(names.map(Self.key))),
      TFNode("restore_slices", constant: .strings(names.map { _ in "" })),
      TFNode(
        "restore", "RestoreV2", ["prefix", "restore_names", "restore_slices"],
        ["dtypes": .types(variables.map(\.type))]),
    ]
      + variables.enumerated().map { number, variable in
        TFNode(
          "assign_\(variable.name)", "AssignVariableOp",
          [variable.name, number == 0 ? "restore" : "restore:\(number)"], ["dtype": .type(variable.type)])
      } + [TFNode("restore_all", "NoOp", names.map { "^assign_\($0)" })]
  }
}
