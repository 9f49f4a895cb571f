import Foundation
import HTTPTypes
import Hummingbird
import Logging
import ModelVersions
import NIOCore

/// Answers every request: finds what is asked for, holds it to the limits, counts and logs it.
package struct ServingResponder: HTTPResponder {
  package typealias Context = BasicRequestContext

  private let registry: ModelRegistry
  private let metrics: Metrics
  private let limits: ServerLimits
  private let token: [UInt8]?
  private let logsRequests: Bool
  private let tensorFlow: TensorFlowAPI
  private let kserve: KServeAPI
  private let recommendations: RecommendationAPI

  /// - Parameters:
  ///   - k: length of lists where a request cannot give one, or gives none.
  ///   - token: what requests must bear; all are answered if nil.
  ///   - logsRequests: whether each is a line of the log.
  package init(
    _ registry: ModelRegistry, metrics: Metrics = Metrics(), limits: ServerLimits = ServerLimits(), k: Int = 10,
    token: String? = nil, logsRequests: Bool = false
  ) {
    self.registry = registry
    self.metrics = metrics
    self.limits = limits
    self.token = token.map { Array($0.utf8) }
    self.logsRequests = logsRequests
    let answers = Answers(metrics: metrics, limits: limits)
    tensorFlow = TensorFlowAPI(registry: registry, answers: answers, k: k)
    kserve = KServeAPI(registry: registry, answers: answers, k: k)
    recommendations = RecommendationAPI(registry: registry, answers: answers, k: k)
  }

  package func respond(to request: Request, context: Context) async throws -> Response {
    let start = ContinuousClock.now
    let id = requestID(request) ?? context.id.description
    let reply: Reply
    if metrics.enter(atMost: limits.requests) {
      defer { metrics.leave() }
      reply = await answer(request)
    } else {
      reply = .error(.tooManyRequests, "\(limits.requests) requests are being answered; come again", route: "refused")
    }
    let duration = ContinuousClock.now - start
    metrics.took(duration, route: reply.route, status: reply.status.code)
    if logsRequests {
      context.logger.info(
        "request",
        metadata: [
          "request": "\(id)", "method": "\(request.method.rawValue)", "path": "\(request.uri.path)",
          "status": "\(reply.status.code)", "milliseconds": "\(duration / .milliseconds(1))",
        ])
    }
    return reply.response(requestID: id)
  }

  /// What a client calls its request, if that is short and plain.
  private func requestID(_ request: Request) -> String? {
    guard let name = HTTPField.Name("X-Request-Id"), let id = request.headers[name], (1...128).contains(id.utf8.count),
      id.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
    else { return nil }
    return id
  }

  private func answer(_ request: Request) async -> Reply {
    let path = request.uri.path
    let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    let first = segments.first.map(String.init) ?? ""
    // What tells whether the server lives is asked by those who have no token.
    if first == "health" { return health(segments.dropFirst().first.map(String.init)) }
    guard isAllowed(request) else {
      return .error(.unauthorized, "give the server's token, as \"Authorization: Bearer …\"", route: "refused")
    }
    let body: Data
    do { body = try await collect(request) } catch {
      return .error(.contentTooLarge, "the body is longer than \(limits.body) bytes", route: "refused")
    }
    switch first.lowercased() {
    case "v1":
      return await tensorFlow.respond(
        request.method, path: path, segments: Array(segments.dropFirst()), body: body)
    case "v2":
      return await kserve.respond(
        request.method, segments: segments.dropFirst().filter { !$0.isEmpty }, body: body)
    case "metrics" where request.method == .get:
      return Reply(type: "text/plain; version=0.0.4", text: metrics.text(registry), route: "metrics")
    case "" where request.method == .get && segments.count <= 1:
      return Reply(type: "text/html; charset=utf-8", text: Page.html, route: "page")
    case "openapi.json" where request.method == .get: return Reply(text: OpenAPI.document, route: "openapi")
    case let name where RecommendationAPI.paths.contains(name) && segments.count == 1:
      return await own(name, request, body)
    default: return .error(.notFound, "nothing is at \(path)", route: "other")
    }
  }

  private func own(_ path: String, _ request: Request, _ body: Data) async -> Reply {
    do {
      switch request.method {
      case .get: return await recommendations.respond(path, try Parameters(query: request.uri.query.map { $0[...] }))
      case .post: return await recommendations.respond(path, try Parameters(body: body))
      default: return .error(.methodNotAllowed, "/\(path) is asked by GET or POST", route: path)
      }
    } catch let error as RequestError {
      return .error(error.status, error.message, route: path)
    } catch { return .error(.badRequest, "\(error)", route: path) }
  }

  private func health(_ what: String?) -> Reply {
    switch what {
    case "live": Reply(text: "{\"live\":true}", route: "health")
    case "ready":
      Reply(
        status: registry.isReady ? .ok : .serviceUnavailable, text: "{\"ready\":\(registry.isReady)}", route: "health")
    default: .error(.notFound, "there are /health/live and /health/ready", route: "health")
    }
  }

  /// Takes as long whatever is wrong with a token.
  private func isAllowed(_ request: Request) -> Bool {
    guard let token else { return true }
    let given = Array((request.headers[.authorization] ?? "").utf8)
    let wanted = Array("Bearer ".utf8) + token
    var difference = given.count ^ wanted.count
    for place in wanted.indices { difference |= Int(wanted[place] ^ (place < given.count ? given[place] : 0)) }
    return difference == 0
  }

  private func collect(_ request: Request) async throws -> Data {
    guard request.method == .post else { return Data() }
    var request = request
    let buffer = try await request.collectBody(upTo: limits.body)
    return Data(buffer.readableBytesView)
  }
}
