import JSON
import ModelVersions
import NIOHTTP1
import Servable

/// The inference protocol of KServe and Triton, version 2, with tensors as JSON or as bytes.
struct KServeAPI: RequestAPI {
  let registry: ModelRegistry
  let answers: Answers
  let k: Int
  let route = "v2"

  /// - Parameter asked: a request whose segments follow `/v2`.
  func work(for asked: AskedRequest) throws -> Work {
    let parts = asked.segments.filter { !$0.isEmpty }.map { $0.percentDecoded() ?? String($0) }
    switch (asked.method, parts.first, parts.count) {
    case (.GET, nil, _): return .done(Reply(body: Array(Self.server.utf8), route: "v2"))
    case (_, "models", 2...): return try model(asked, Array(parts.dropFirst()))
    default: throw Self.noPath
    }
  }

  private static let noPath = RequestError(status: .notFound, message: "no such path in the inference protocol")

  private static let server = #"{"name":"tandem","version":"1","extensions":["binary_tensor_data"]}"#

  private func model(_ asked: AskedRequest, _ parts: [String]) throws -> Work {
    var rest = parts.dropFirst()
    var choice = VersionChoice.current
    if rest.first == "versions" {
      guard let number = rest.dropFirst().first.flatMap({ Int($0) }) else {
        throw RequestError.bad("a version is a number, such as /v2/models/NAME/versions/3")
      }
      choice = .number(number)
      rest = rest.dropFirst(2)
    }
    switch (asked.method, rest.first, rest.count) {
    case (.GET, nil, 0): return .done(try metadata(parts[0], choice))
    case (.GET, "ready", 1):
      let isReady = (try? registry.version(choice, of: parts[0])) != nil
      return .done(
        Reply(
          status: isReady ? .ok : .serviceUnavailable,
          body: JSONText.of { $0.object(["name": { $0.string(parts[0]) }, "ready": { $0.raw("\(isReady)") }]) },
          route: "v2 ready"))
    case (.POST, "infer", 1): return try infer(parts[0], registry.version(choice, of: parts[0]), asked)
    default: throw Self.noPath
    }
  }

  private func metadata(_ name: String, _ choice: VersionChoice) throws -> Reply {
    let version = try registry.version(choice, of: name)
    let numbers = registry.model(name)?.versions.map { "\($0.number)" } ?? []
    let width = min(k, version.servable.candidateCount)
    func tensor(_ name: String, _ type: String, _ shape: String) -> String {
      "{\"name\":\"\(name)\",\"datatype\":\"\(type)\",\"shape\":[\(shape)]}"
    }
    let text = JSONText.of { json in
      json.object([
        "name": { $0.string(name) }, "versions": { $0.list(numbers) { $0.string($1) } },
        "platform": { $0.string("tandem") },
        "inputs": { json in
          let features = version.namedFeatures.map { feature in
            (
              name: feature.name, type: feature.kind == .number ? "FP64" : "BYTES",
              shape: feature.kind == .list ? "-1,-1" : "-1"
            )
          }
          json.list([("queries", "BYTES", "-1"), ("exclusions", "BYTES", "-1,-1")] + features) { json, input in
            json.object([
              "name": { $0.string(input.0) }, "datatype": { $0.string(input.1) }, "shape": { $0.raw("[\(input.2)]") },
            ])
          }
        },
        "outputs": {
          let shape = "-1,\(width)"
          let outputs =
            [tensor("scores", "FP32", shape), tensor("identifiers", "BYTES", shape)]
            + (version.predictsRatings ? [tensor(InferRequest.ratings, "FP32", shape)] : [])
          $0.raw("[" + outputs.joined(separator: ",") + "]")
        },
      ])
    }
    return Reply(body: text, route: "v2 metadata")
  }

  private func infer(_ name: String, _ version: ServedVersion, _ asked: AskedRequest) throws -> Work {
    let request = try InferRequest(
      asked.body, jsonLength: asked.jsonLength, longestList: answers.limits.k, features: version.namedFeatures,
      hasRatings: version.predictsRatings)
    return try answers.lists(
      version, request.queries, k: request.k ?? k, exclusions: request.exclusions, features: request.features,
      predictsRatings: request.asksRatings, writer: InferredTensors(request, model: (name, version.number)))
  }
}

extension ModelRegistry.Absence {
  var message: String {
    switch self {
    case .noModel(let model): "no model \"\(model)\" is served"
    case .noVersion(let model, let version): "model \"\(model)\" has no version \(version)"
    case .noLabel(let model, let label): "model \"\(model)\" has no label \"\(label)\""
    case .notServed(let model, let reason): "model \"\(model)\" does not answer: \(reason)"
    }
  }

  /// 503 for a version that is promised and may be served later, 404 otherwise.
  var status: HTTPResponseStatus {
    if case .notServed = self { .serviceUnavailable } else { .notFound }
  }
}
