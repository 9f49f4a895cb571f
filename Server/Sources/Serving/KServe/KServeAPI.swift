import Foundation
import HTTPTypes
import ModelVersions
import Servable

/// The inference protocol of KServe and Triton, version 2, with numbers and strings as JSON.
struct KServeAPI: Sendable {
  let registry: ModelRegistry
  let answers: Answers
  let k: Int

  /// - Parameter segments: of the path behind `/v2`, not yet decoded.
  func respond(_ method: HTTPRequest.Method, segments: [Substring], body: Data) async -> Reply {
    let parts = segments.map { $0.removingPercentEncoding ?? String($0) }
    do {
      switch (method, parts.first, parts.count) {
      case (.get, nil, _): return Reply(text: Self.server, route: "v2")
      case (.get, "health", 2) where parts[1] == "live": return Reply(text: "{\"live\":true}", route: "v2")
      case (.get, "health", 2) where parts[1] == "ready":
        let isReady = registry.isReady
        return Reply(status: isReady ? .ok : .serviceUnavailable, text: "{\"ready\":\(isReady)}", route: "v2")
      case (_, "models", 2...): return try await model(method, Array(parts.dropFirst()), body)
      default: throw RequestError(status: .notFound, message: "no such path in the inference protocol")
      }
    } catch let error as RequestError {
      return .error(error.status, error.message, route: "v2")
    } catch let error as ModelRegistry.Absence {
      return .error(.notFound, error.message, route: "v2")
    } catch { return .error(.internalServerError, "\(error)", route: "v2") }
  }

  private static let server = #"{"name":"tandem","version":"1","extensions":[]}"#

  private func model(_ method: HTTPRequest.Method, _ parts: [String], _ body: Data) async throws -> Reply {
    var rest = parts.dropFirst()
    var choice = VersionChoice.current
    if rest.first == "versions" {
      guard let number = rest.dropFirst().first.flatMap({ Int($0) }) else {
        throw RequestError.bad("a version is a number")
      }
      choice = .number(number)
      rest = rest.dropFirst(2)
    }
    switch (method, rest.first, rest.count) {
    case (.get, nil, 0): return try metadata(parts[0], choice)
    case (.get, "ready", 1):
      let isReady = (try? registry.version(choice, of: parts[0])) != nil
      return Reply(
        status: isReady ? .ok : .serviceUnavailable,
        text: JSONText.of { $0.object(["name": { $0.string(parts[0]) }, "ready": { $0.raw("\(isReady)") }]) },
        route: "v2 ready")
    case (.post, "infer", 1):
      return try await infer(parts[0], registry.version(choice, of: parts[0]), body)
    default: throw RequestError(status: .notFound, message: "no such path in the inference protocol")
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
        "inputs": { $0.raw("[" + tensor("queries", "BYTES", "-1") + "]") },
        "outputs": {
          $0.raw(
            "[" + tensor("scores", "FP32", "-1,\(width)") + "," + tensor("identifiers", "BYTES", "-1,\(width)") + "]")
        },
      ])
    }
    return Reply(text: text, route: "v2 metadata")
  }

  private func infer(_ name: String, _ version: ServedVersion, _ body: Data) async throws -> Reply {
    let request = try InferRequest(body)
    let lists = try await answers.lists(version, request.queries, k: k, exclusions: request.exclusions)
    let shape = "\(lists.count),\(min(k, version.servable.candidateCount))"
    let all = Array(lists.joined())
    let text = JSONText.of { json in
      json.raw("{")
      if let id = request.id {
        json.raw("\"id\":")
        json.string(id)
        json.raw(",")
      }
      json.raw("\"model_name\":")
      json.string(name)
      json.raw(",\"model_version\":\"\(version.number)\",\"outputs\":")
      json.list(request.outputs) { json, output in
        json.raw("{\"name\":\"\(output)\",\"shape\":[\(shape)],")
        json.raw(output == "scores" ? "\"datatype\":\"FP32\",\"data\":" : "\"datatype\":\"BYTES\",\"data\":")
        output == "scores" ? TensorFlowAPI.scores(&json, all) : TensorFlowAPI.names(&json, all)
        json.raw("}")
      }
      json.raw("}")
    }
    return Reply(text: text, route: "v2 infer")
  }
}

extension ModelRegistry.Absence {
  var message: String {
    switch self {
    case .noModel(let model): "no model \"\(model)\" is served"
    case .noVersion(let model, let version): "model \"\(model)\" has no version \(version)"
    case .noLabel(let model, let label): "model \"\(model)\" has no label \"\(label)\""
    }
  }
}
