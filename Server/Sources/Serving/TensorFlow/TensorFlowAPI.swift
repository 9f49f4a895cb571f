import JSON
import ModelVersions
import NIOHTTP1
import Servable

/// TensorFlow Serving's REST API, version 1.
struct TensorFlowAPI: RequestAPI {
  let registry: ModelRegistry
  let answers: Answers
  /// The length of the lists.
  let k: Int
  let route = "v1"

  /// - Parameter asked: a request whose segments follow `/v1`.
  func work(for asked: AskedRequest) throws -> Work {
    if asked.method == .OPTIONS {
      let isWeb = asked.origin.map { $0.hasPrefix("http://") || $0.hasPrefix("https://") } ?? false
      return .done(Reply(status: isWeb ? .ok : .badRequest, body: [], route: "v1"))
    }
    let malformed = { RequestError.bad("Malformed request: \(asked.method.rawValue) \(asked.path)") }
    guard asked.method == .GET || asked.method == .POST else { throw malformed() }
    let path: TensorFlowPath
    do { path = try TensorFlowPath(asked.segments, isGet: asked.method == .GET) } catch {
      switch error {
      case .missingModel: throw RequestError.bad("Missing model name in request.")
      case .noNumber(let text): throw RequestError.bad("Failed to convert version: \(text) to numeric.")
      case .malformed: throw malformed()
      }
    }
    switch path.verb {
    case .status: return .done(try status(path))
    case .metadata: return .done(try metadata(path))
    case .call(let verb): return try call(verb, path, asked)
    }
  }

  func refusal(of absence: ModelRegistry.Absence) -> RequestError {
    switch absence {
    case .noModel(let model):
      RequestError(status: .notFound, message: "Servable not found for request: Latest(\(model))")
    case .noVersion(let model, let version):
      RequestError(status: .notFound, message: "Servable not found for request: Specific(\(model), \(version))")
    case .noLabel(let model, let label): .bad("Unrecognized servable version label: \(label) of \(model)")
    case .notServed: RequestError(status: absence.status, message: absence.message)
    }
  }

  private func status(_ path: TensorFlowPath) throws -> Reply {
    guard let model = registry.model(path.model) else {
      throw RequestError(status: .notFound, message: "Could not find any versions of model \(path.model)")
    }
    var states = model.versions.map { (number: $0.number, state: "AVAILABLE", code: "OK", message: "") }
    states += model.refused.map { (number: $0.number, state: "END", code: "FAILED_PRECONDITION", message: $0.reason) }
    states.sort { $0.number > $1.number }
    if case .number(let number) = path.choice {
      states = states.filter { $0.number == number }
      guard !states.isEmpty else {
        throw RequestError(status: .notFound, message: "Could not find version \(number) of model \(path.model)")
      }
    }
    let text = JSONText.of { json in
      json.object([
        "model_version_status": { json in
          json.list(states) { json, state in
            json.object([
              "version": { $0.string("\(state.number)") }, "state": { $0.string(state.state) },
              "status": { json in
                json.object(["error_code": { $0.string(state.code) }, "error_message": { $0.string(state.message) }])
              },
            ])
          }
        }
      ])
    }
    return Reply(body: text, route: "v1 status")
  }

  private func metadata(_ path: TensorFlowPath) throws -> Reply {
    let version = try registry.version(path.choice, of: path.model)
    let width = "\(min(k, version.servable.candidateCount))"
    func tensor(_ name: String, _ type: String, _ shape: [String]) -> (inout JSONText) -> Void {
      { json in
        json.object([
          "dtype": { $0.string(type) },
          "tensor_shape": { json in
            json.object([
              "dim": { json in
                json.list(shape) { json, size in
                  json.object(["size": { $0.string(size) }, "name": { $0.string("") }])
                }
              }, "unknown_rank": { $0.raw("false") },
            ])
          }, "name": { $0.string(name) },
        ])
      }
    }
    let queries = ("queries", tensor("queries:0", "DT_STRING", ["-1"]))
    let exclusions = ("exclusions", tensor("exclusions:0", "DT_STRING", ["-1", "-1"]))
    let features = version.namedFeatures.enumerated().map { number, feature in
      (
        feature.name,
        tensor(
          "feature_\(number):0", feature.kind == .number ? "DT_DOUBLE" : "DT_STRING",
          feature.kind == .list ? ["-1", "-1"] : ["-1"])
      )
    }
    func signature(
      _ node: String, _ inputs: [(String, (inout JSONText) -> Void)]
    ) -> (inout JSONText) -> Void {
      return { json in
        json.object([
          "inputs": { $0.members(inputs) { json, tensor in tensor(&json) } },
          "outputs": { json in
            var outputs = [
              ("scores", tensor("\(node):0", "DT_FLOAT", ["-1", width])),
              ("identifiers", tensor("\(node):1", "DT_STRING", ["-1", width])),
            ]
            if version.predictsRatings { outputs.append(("ratings", tensor("\(node):2", "DT_FLOAT", ["-1", width]))) }
            json.members(outputs) { json, tensor in tensor(&json) }
          }, "method_name": { $0.string("tensorflow/serving/predict") }, "defaults": { $0.raw("{}") },
        ])
      }
    }
    let text = JSONText.of { json in
      json.object([
        "model_spec": { json in
          json.object([
            "name": { $0.string(path.model) }, "signature_name": { $0.string("") },
            "version": { $0.string("\(version.number)") },
          ])
        },
        "metadata": { json in
          json.object([
            "signature_def": { json in
              json.object([
                "signature_def": { json in
                  json.members(
                    [
                      (PredictRequest.defaultSignature, signature("query", [queries])),
                      (PredictRequest.exclusionSignature, signature("query_excl", [queries, exclusions])),
                    ]
                      + (features.isEmpty
                        ? [] : [(PredictRequest.featureSignature, signature("query_feat", [queries] + features))])
                  ) { json, signature in signature(&json) }
                }
              ])
            }
          ])
        },
      ])
    }
    return Reply(body: text, route: "v1 metadata")
  }

  private func call(_ verb: String, _ path: TensorFlowPath, _ asked: AskedRequest) throws -> Work {
    // Faults of the body are reported before a missing model, as TensorFlow Serving does.
    let document = try ServingDocument(asked.body)
    let version = try registry.version(path.choice, of: path.model)
    guard verb == "predict" else { throw document.refusal(of: verb) }
    let request = try PredictRequest(document, features: version.namedFeatures)
    func lists(_ writer: some ListWriter) throws(RequestError) -> Work {
      try answers.lists(
        version, request.queries, k: k, exclusions: request.exclusions, features: request.features,
        predictsRatings: version.predictsRatings, writer: writer)
    }
    return switch request.format {
    case .row: try lists(RowsText(hasRatings: version.predictsRatings))
    case .column: try lists(ColumnsText(hasRatings: version.predictsRatings))
    }
  }
}
