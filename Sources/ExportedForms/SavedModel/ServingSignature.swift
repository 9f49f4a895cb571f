import Servable
import ServingMessages

/// The names of the inputs and outputs of exported models.
package enum SignatureNames: String, Sendable, CaseIterable {
  /// `queries` and `exclusions`; `scores`, `identifiers` and, where candidates have them, `names`.
  case tandem
  /// `serving_default` as the tutorial of TensorFlow Recommenders exports it: `input_1`; `output_1`, `output_2` and,
  /// for names, `output_3`.
  case tutorial
}

/// A signature of a SavedModel: a function with the input and output names that clients use.
struct ServingSignature {
  struct Input {
    let name: String
    /// The name of the argument in the function.
    let argument: String
    let shape: [Int]
    var type = TFDataType.dtString
    /// The value where a request gives none; `nil` if it has to.
    var missing: TFTensor?
  }

  static let featureName = "query_with_features"

  let name: String
  /// The function with inputs and outputs ordered by name, and the function that it calls.
  let function: String
  let target: String
  /// The session's node with its outputs.
  let node: String
  let inputs: [Input]
  let scores: String
  let identifiers: String
  /// The output with names for people, if candidates have names.
  let names: String

  /// The input of a feature of queries. What is missing is NaN or "", in one row for all queries.
  static func input(_ feature: FeatureInputs.Input, number: Int) -> Input {
    let argument = "feature_\(number)"
    return switch feature.kind {
    case .number:
      Input(
        name: feature.name, argument: argument, shape: [-1], type: .dtDouble,
        missing: .doubles([.nan], shape: [1]))
    case .text: Input(name: feature.name, argument: argument, shape: [-1], missing: .strings([""], shape: [1]))
    case .list:
      Input(name: feature.name, argument: argument, shape: [-1, -1], missing: .strings([], shape: [1, 0]))
    }
  }

  /// - Parameter features: the model's features of queries, if it reads such.
  static func all(_ names: SignatureNames, features: FeatureInputs?) -> [ServingSignature] {
    let isTutorial = names == .tutorial
    let queries = Input(name: "queries", argument: "queries", shape: [-1])
    let withFeatures = features.map { features in
      ServingSignature(
        name: featureName, function: "sig_features", target: "by_features", node: "query_feat",
        inputs: [queries] + features.inputs.enumerated().map { input($1, number: $0) }, scores: "scores",
        identifiers: "identifiers", names: "names")
    }
    return (withFeatures.map { [$0] } ?? []) + [
      ServingSignature(
        name: "serving_default", function: "sig_default", target: "call", node: "query",
        inputs: [Input(name: isTutorial ? "input_1" : "queries", argument: "queries", shape: [-1])],
        scores: isTutorial ? "output_1" : "scores", identifiers: isTutorial ? "output_2" : "identifiers",
        names: isTutorial ? "output_3" : "names"),
      ServingSignature(
        name: "query_with_exclusions", function: "sig_exclude", target: "exclude", node: "query_excl",
        inputs: [
          queries,
          Input(name: "exclusions", argument: "exclusions", shape: [-1, -1]),
        ],
        scores: "scores", identifiers: "identifiers", names: "names"),
    ]
  }

  /// The inputs in the order of their names, as TensorFlow 2 takes keywords.
  var keywords: [Input] { inputs.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) } }

  /// Its outputs, in the order of the function that it calls.
  func lists(hasNames: Bool) -> [(name: String, type: TFDataType)] {
    [(scores, .dtFloat), (identifiers, .dtString)] + (hasNames ? [(names, .dtString)] : [])
  }

  /// The signature's message for TensorFlow Serving and loaders of TensorFlow 1.
  func message(k: Int, hasNames: Bool) -> TFSignature {
    func tensor(_ name: String, _ type: TFDataType, _ shape: [Int]) -> TFTensorInfo {
      var info = TFTensorInfo()
      info.name = name
      info.dtype = type
      info.tensorShape = TFShape(shape)
      return info
    }
    var message = TFSignature()
    message.methodName = "tensorflow/serving/predict"
    for input in inputs {
      message.inputs[input.name] = tensor("\(input.argument):0", input.type, input.shape)
      if let missing = input.missing { message.defaults[input.name] = missing }
    }
    for (number, list) in lists(hasNames: hasNames).enumerated() {
      message.outputs[list.name] = tensor("\(node):\(number)", list.type, [-1, k])
    }
    return message
  }
}
