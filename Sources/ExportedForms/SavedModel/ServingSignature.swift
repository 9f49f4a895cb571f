import ServingMessages

/// How inputs and outputs of exported models are named.
package enum SignatureNames: String, Sendable, CaseIterable {
  /// `queries` and `exclusions`; `scores`, `identifiers` and, where candidates have them, `names`.
  case tandem
  /// `serving_default` as the tutorial of TensorFlow Recommenders exports it: `input_1`; `output_1`, `output_2` and,
  /// for names, `output_3`.
  case tutorial
}

/// A signature: a function of the model by the names that clients use.
struct ServingSignature {
  struct Input {
    let name: String
    /// What the function calls it.
    let argument: String
    let shape: [Int]
  }

  let name: String
  /// The function that takes its inputs and gives its outputs by the order of their names, and what that one calls.
  let function: String
  let target: String
  /// The session's node that has its outputs.
  let node: String
  let inputs: [Input]
  let scores: String
  let identifiers: String
  /// The output with names for people, where candidates have any.
  let names: String

  static func all(_ names: SignatureNames) -> [ServingSignature] {
    let isTutorial = names == .tutorial
    return [
      ServingSignature(
        name: "serving_default", function: "sig_default", target: "call", node: "query",
        inputs: [Input(name: isTutorial ? "input_1" : "queries", argument: "queries", shape: [-1])],
        scores: isTutorial ? "output_1" : "scores", identifiers: isTutorial ? "output_2" : "identifiers",
        names: isTutorial ? "output_3" : "names"),
      ServingSignature(
        name: "query_with_exclusions", function: "sig_exclude", target: "exclude", node: "query_excl",
        inputs: [
          Input(name: "queries", argument: "queries", shape: [-1]),
          Input(name: "exclusions", argument: "exclusions", shape: [-1, -1]),
        ],
        scores: "scores", identifiers: "identifiers", names: "names"),
    ]
  }

  /// Its outputs, in the order of the function that it calls.
  func lists(hasNames: Bool) -> [(name: String, type: TFDataType)] {
    [(scores, .dtFloat), (identifiers, .dtString)] + (hasNames ? [(names, .dtString)] : [])
  }

  /// As loaders of TensorFlow 1 and TensorFlow Serving have it.
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
    for input in inputs { message.inputs[input.name] = tensor("\(input.argument):0", .dtString, input.shape) }
    for (number, list) in lists(hasNames: hasNames).enumerated() {
      message.outputs[list.name] = tensor("\(node):\(number)", list.type, [-1, k])
    }
    return message
  }
}
