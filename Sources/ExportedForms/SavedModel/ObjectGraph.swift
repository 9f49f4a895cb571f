import ServingMessages

/// The object graph of a SavedModel, from which `tf.saved_model.load` builds a model that can be called and has its
/// signatures as attributes.
struct ObjectGraph {
  private let graph: RetrievalGraph
  private let signatures: [ServingSignature]
  private var nodes: [TFSavedObject] = []
  private var numbers: [String: Int32] = [:]

  /// - Returns: the objects of the model, and of its checkpoint.
  static func messages(
    of graph: RetrievalGraph, signatures: [ServingSignature]
  ) -> (model: TFObjectGraph, checkpoint: TFCheckpointObjectGraph) {
    var objects = ObjectGraph(graph: graph, signatures: signatures)
    objects.build()
    return (objects.model, objects.checkpoint)
  }

  private init(graph: RetrievalGraph, signatures: [ServingSignature]) {
    self.graph = graph
    self.signatures = signatures
  }

  private mutating func build() {
    add("root", Self.user("_generic_user_object"))
    for variable in graph.variables {
      var object = TFSavedObject()
      object.variable.dtype = variable.type
      object.variable.shape = TFShape(variable.shape)
      object.variable.name = variable.name
      add(variable.name, object)
    }
    add("_create_resource", Self.function("create_table", []))
    add("_initialize", Self.function("init_table", []))
    var table = TFSavedObject()
    table.resource = TFResource()
    add("table", table, children: ["_create_resource", "_initialize"].map { ($0, $0) })
    add("__call__", Self.function("call", [("queries", [-1], .dtString)]))
    add(
      "query_with_exclusions",
      Self.function("exclude", [("queries", [-1], .dtString), ("exclusions", [-1, -1], .dtString)]))
    if let withFeatures { add(withFeatures.name, Self.function(withFeatures.target, Self.arguments(withFeatures))) }
    for signature in signatures {
      var object = TFSavedObject()
      object.bareConcreteFunction.concreteFunctionName = signature.function
      object.bareConcreteFunction.argumentKeywords = signature.keywords.map(\.name)
      object.bareConcreteFunction.allowedPositionalArguments = signature.inputs.count == 1 ? 1 : 0
      object.bareConcreteFunction.functionSpec.fullargspec = Self.argumentNames(
        [], keywords: signature.keywords.map(\.name))
      object.bareConcreteFunction.functionSpec.inputSignature.noneValue = TFNoneValue()
      add("signature \(signature.name)", object)
    }
    add(
      "signatures", Self.user("signature_map"), children: signatures.map { ($0.name, "signature \($0.name)") })
    let functions = ["__call__", "query_with_exclusions"] + (withFeatures.map { [$0.name] } ?? [])
    for name in graph.variables.map(\.name) + ["table"] + functions + ["signatures"] {
      nodes[0].children.append(reference(name, to: name))
    }
  }

  /// The signature of queries with features, if there is one.
  private var withFeatures: ServingSignature? { signatures.first { $0.name == ServingSignature.featureName } }

  private typealias Argument = (name: String, shape: [Int], type: TFDataType)

  private static func arguments(_ signature: ServingSignature) -> [Argument] {
    signature.inputs.map { ($0.name, $0.shape, $0.type) }
  }

  private mutating func add(_ name: String, _ object: TFSavedObject, children: [(name: String, object: String)] = []) {
    var object = object
    object.children = children.map { reference($0.name, to: $0.object) }
    numbers[name] = Int32(nodes.count)
    nodes.append(object)
  }

  private func reference(_ name: String, to object: String) -> TFObjectReference {
    var reference = TFObjectReference()
    reference.localName = name
    reference.nodeID = numbers[object] ?? 0
    return reference
  }

  private static func user(_ identifier: String) -> TFSavedObject {
    var object = TFSavedObject()
    object.userObject.identifier = identifier
    object.userObject.version.producer = 1
    object.userObject.version.minConsumer = 1
    return object
  }

  private static func function(_ name: String, _ arguments: [Argument]) -> TFSavedObject {
    var object = TFSavedObject()
    object.function.concreteFunctions = [name]
    object.function.functionSpec.fullargspec = argumentNames(arguments.map(\.name), keywords: [])
    object.function.functionSpec.inputSignature.tupleValue.values = arguments.map {
      tensor("", $0.shape, $0.type)
    }
    if arguments.isEmpty { object.function.functionSpec.inputSignature.tupleValue = TFTupleValue() }
    return object
  }

  private static func tensor(_ name: String, _ shape: [Int], _ type: TFDataType) -> TFStructuredValue {
    var value = TFStructuredValue()
    value.tensorSpecValue.name = name
    value.tensorSpecValue.shape = TFShape(shape)
    value.tensorSpecValue.dtype = type
    return value
  }

  /// The structured value of Python's `inspect.FullArgSpec`.
  private static func argumentNames(_ names: [String], keywords: [String]) -> TFStructuredValue {
    func list(_ texts: [String]) -> TFStructuredValue {
      var value = TFStructuredValue()
      value.listValue = TFListValue()
      value.listValue.values = texts.map { text in
        var item = TFStructuredValue()
        item.stringValue = text
        return item
      }
      return value
    }
    var none = TFStructuredValue()
    none.noneValue = TFNoneValue()
    var annotations = TFStructuredValue()
    annotations.dictValue = TFDictValue()
    var value = TFStructuredValue()
    value.namedTupleValue.name = "FullArgSpec"
    value.namedTupleValue.values = [
      ("args", list(names)), ("varargs", none), ("varkw", none), ("defaults", none), ("kwonlyargs", list(keywords)),
      ("kwonlydefaults", none), ("annotations", annotations),
    ].map { key, part in
      var pair = TFPairValue()
      pair.key = key
      pair.value = part
      return pair
    }
    return value
  }

  /// A concrete function of the graph: its captured variables, and the structure of its arguments and results.
  private func concrete(
    _ bound: [String], positional: [Argument] = [], keywords: [Argument] = [], output: TFStructuredValue
  ) -> TFConcreteFunction {
    var arguments = TFStructuredValue()
    arguments.tupleValue = TFTupleValue()
    arguments.tupleValue.values = positional.map { Self.tensor($0.name, $0.shape, $0.type) }
    var names = TFStructuredValue()
    names.dictValue = TFDictValue()
    for (name, shape, type) in keywords { names.dictValue.fields[name] = Self.tensor(name, shape, type) }
    var function = TFConcreteFunction()
    function.boundInputs = bound.map { numbers[$0] ?? 0 }
    function.canonicalizedInputSignature.tupleValue.values = [arguments, names]
    function.outputSignature = output
    return function
  }

  private var model: TFObjectGraph {
    let lists = [-1, graph.k]
    var pair = TFStructuredValue()
    pair.tupleValue.values = [Self.tensor("scores", lists, .dtFloat), Self.tensor("identifiers", lists, .dtString)]
    if graph.hasNames { pair.tupleValue.values.append(Self.tensor("names", lists, .dtString)) }
    var message = TFObjectGraph()
    message.nodes = nodes
    message.concreteFunctions = [
      "create_table": concrete([], output: Self.tensor("handle", [], .dtResource)),
      "init_table": concrete(["table", "user_ids"], output: Self.tensor("done", [], .dtInt32)),
      "call": concrete(graph.captures, positional: [("queries", [-1], .dtString)], output: pair),
      "exclude": concrete(
        graph.captures, positional: [("queries", [-1], .dtString), ("exclusions", [-1, -1], .dtString)], output: pair),
    ]
    if let withFeatures {
      message.concreteFunctions[withFeatures.target] = concrete(
        graph.captures, positional: Self.arguments(withFeatures), output: pair)
    }
    for signature in signatures {
      var named = TFStructuredValue()
      for list in signature.lists(hasNames: graph.hasNames) {
        named.dictValue.fields[list.name] = Self.tensor(list.name, lists, list.type)
      }
      message.concreteFunctions[signature.function] = concrete(
        graph.captures, keywords: Self.arguments(signature), output: named)
    }
    return message
  }

  private var checkpoint: TFCheckpointObjectGraph {
    var message = TFCheckpointObjectGraph()
    message.nodes = nodes.map { node in
      var object = TFCheckpointObjectGraph.Object()
      object.children = node.children
      return object
    }
    for variable in graph.variables {
      guard let number = numbers[variable.name] else { continue }
      var tensor = TFCheckpointObjectGraph.SerializedTensor()
      tensor.name = "VARIABLE_VALUE"
      tensor.fullName = variable.name
      tensor.checkpointKey = RetrievalGraph.key(variable.name)
      message.nodes[Int(number)].attributes = [tensor]
      message.nodes[Int(number)].hasCheckpointValues_p.value = true
    }
    return message
  }
}
