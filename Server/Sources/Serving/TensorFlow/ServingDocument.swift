import JSON

/// The JSON body of a request to TensorFlow Serving's API, before the model is looked up.
struct ServingDocument {
  /// An object.
  let json: JSONValue
  /// The signature's name; empty if none is given.
  let signature: String

  /// Reads a body.
  ///
  /// - Throws: `RequestError` with TensorFlow Serving's message.
  init(_ body: [UInt8]) throws(RequestError) {
    guard !body.isEmpty else { throw .bad("JSON Parse error: The document is empty") }
    do throws(JSONError) { json = try JSONReader.read(body) } catch {
      throw .bad("JSON Parse error: \(error)")
    }
    guard json.members != nil else { throw .bad("JSON Value: \(json.excerpt) Is not object") }
    guard let name = json["signature_name"] else {
      signature = ""
      return
    }
    guard let name = name.string else {
      throw .bad(
        "JSON Value: \(json.excerpt) not formatted correctly. 'signature_name' key must be a string value.")
    }
    signature = name
  }

  /// Returns the error of `:classify` or `:regress`, which no signature of a retrieval model answers.
  func refusal(of verb: String) -> RequestError {
    let kind = verb == "classify" ? "classification" : "regression"
    guard let examples = json["examples"] else {
      return .bad("JSON Value: \(json.excerpt) When method is classify, key 'examples' is expected and was not found")
    }
    guard let list = examples.array else {
      return .bad("JSON Value: \(json.excerpt) Expecting 'examples' value to be an list/array")
    }
    guard !list.isEmpty else { return .bad("JSON Value: \(json.excerpt) 'examples' value is an empty array") }
    return .bad(
      "Expected \(kind) signature method_name to be tensorflow/serving/\(verb). Was: tensorflow/serving/predict")
  }
}
