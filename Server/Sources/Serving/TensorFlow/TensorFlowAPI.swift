import Foundation
import HTTPTypes
import ModelVersions
import Servable

/// TensorFlow Serving's REST API, version 1.
struct TensorFlowAPI: Sendable {
  let registry: ModelRegistry
  let answers: Answers
  /// Length of the lists.
  let k: Int

  /// - Parameter segments: of the path behind `/v1`.
  func respond(_ method: HTTPRequest.Method, path: String, segments: [Substring], body: Data) async -> Reply {
    let malformed = Reply.error(.badRequest, "Malformed request: \(method.rawValue) \(path)", route: "v1")
    guard method == .get || method == .post else { return malformed }
    let asked: TensorFlowPath
    do { asked = try TensorFlowPath(segments, isGet: method == .get) } catch .missingModel {
      return .error(.badRequest, "Missing model name in request.", route: "v1")
    } catch { return malformed }
    do {
      switch asked.verb {
      case .status: return try status(asked)
      case .metadata: return try metadata(asked)
      case .call(let verb): return try await call(verb, asked, body)
      }
    } catch let error as RequestError {
      return .error(error.status, error.message, route: "v1")
    } catch let error as ModelRegistry.Absence {
      return absent(error)
    } catch { return .error(.internalServerError, "\(error)", route: "v1") }
  }

  private func absent(_ absence: ModelRegistry.Absence) -> Reply {
    switch absence {
    case .noModel(let model): .error(.notFound, "Servable not found for request: Latest(\(model))", route: "v1")
    case .noVersion(let model, let version):
      .error(.notFound, "Servable not found for request: Specific(\(model), \(version))", route: "v1")
    case .noLabel(let model, let label):
      .error(.badRequest, "Unrecognized servable version label: \(label) of \(model)", route: "v1")
    }
  }

  private func status(_ asked: TensorFlowPath) throws -> Reply {
    guard let model = registry.model(asked.model) else {
      throw RequestError(status: .notFound, message: "Could not find any versions of model \(asked.model)")
    }
    var states = model.versions.map { (number: $0.number, state: "AVAILABLE", code: "OK", message: "") }
    states += model.refused.map { (number: $0.number, state: "END", code: "FAILED_PRECONDITION", message: $0.reason) }
    states.sort { $0.number > $1.number }
    if case .number(let number) = asked.choice {
      states = states.filter { $0.number == number }
      guard !states.isEmpty else {
        throw RequestError(status: .notFound, message: "Could not find version \(number) of model \(asked.model)")
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
    return Reply(text: text, route: "v1 status")
  }

  private func metadata(_ asked: TensorFlowPath) throws -> Reply {
    let version = try registry.version(asked.choice, of: asked.model)
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
    func signature(_ node: String, hasExclusions: Bool) -> (inout JSONText) -> Void {
      let queries = tensor("queries:0", "DT_STRING", ["-1"])
      return { json in
        json.object([
          "inputs": { json in
            hasExclusions
              ? json.object(["queries": queries, "exclusions": tensor("exclusions:0", "DT_STRING", ["-1", "-1"])])
              : json.object(["queries": queries])
          },
          "outputs": { json in
            json.object([
              "scores": tensor("\(node):0", "DT_FLOAT", ["-1", width]),
              "identifiers": tensor("\(node):1", "DT_STRING", ["-1", width]),
            ])
          }, "method_name": { $0.string("tensorflow/serving/predict") }, "defaults": { $0.raw("{}") },
        ])
      }
    }
    let text = JSONText.of { json in
      json.object([
        "model_spec": { json in
          json.object([
            "name": { $0.string(asked.model) }, "signature_name": { $0.string("") },
            "version": { $0.string("\(version.number)") },
          ])
        },
        "metadata": { json in
          json.object([
            "signature_def": { json in
              json.object([
                "signature_def": { json in
                  json.object([
                    PredictRequest.defaultSignature: signature("query", hasExclusions: false),
                    PredictRequest.exclusionSignature: signature("query_excl", hasExclusions: true),
                  ])
                }
              ])
            }
          ])
        },
      ])
    }
    return Reply(text: text, route: "v1 metadata")
  }

  private func call(_ verb: String, _ asked: TensorFlowPath, _ body: Data) async throws -> Reply {
    let version = try registry.version(asked.choice, of: asked.model)
    guard verb == "predict" else {
      let kind = verb == "classify" ? "classification" : "regression"
      throw RequestError.bad(
        "Expected \(kind) signature method_name to be tensorflow/serving/\(verb). Was: tensorflow/serving/predict")
    }
    let request = try PredictRequest(body)
    let lists = try await answers.lists(version, request.queries, k: k, exclusions: request.exclusions)
    let text = JSONText.of { json in
      switch request.format {
      case .row:
        json.object([
          "predictions": { json in
            json.list(lists) { json, list in
              json.object(["scores": { Self.scores(&$0, list) }, "identifiers": { Self.names(&$0, list) }])
            }
          }
        ])
      case .column:
        json.object([
          "outputs": { json in
            json.object([
              "scores": { $0.list(lists) { Self.scores(&$0, $1) } },
              "identifiers": { $0.list(lists) { Self.names(&$0, $1) } },
            ])
          }
        ])
      }
    }
    return Reply(text: text, route: "v1 predict")
  }

  static func scores(_ json: inout JSONText, _ list: [(candidate: String, score: Float)]) {
    json.list(list) { $0.number($1.score) }
  }

  static func names(_ json: inout JSONText, _ list: [(candidate: String, score: Float)]) {
    json.list(list) { $0.string($1.candidate) }
  }
}
