import ModelVersions
import NIOHTTP1

/// Routes each path to the API or document that answers it.
struct RequestPaths: Sendable {
  private let registry: ModelRegistry
  private let metrics: Metrics
  /// `true` if metrics are shown to those who have no token.
  private let metricsAreOpen: Bool
  private let tensorFlow: TensorFlowAPI
  private let kserve: KServeAPI
  /// The server's own API, an entry for each endpoint, by path.
  private let recommendations: [String: RecommendationAPI]

  init(_ registry: ModelRegistry, answers: Answers, k: Int, metricsAreOpen: Bool) {
    self.registry = registry
    self.metricsAreOpen = metricsAreOpen
    metrics = answers.metrics
    tensorFlow = TensorFlowAPI(registry: registry, answers: answers, k: k)
    kserve = KServeAPI(registry: registry, answers: answers, k: k)
    recommendations = Dictionary(
      uniqueKeysWithValues: RecommendationAPI.Endpoint.allCases.map {
        ($0.rawValue, RecommendationAPI(registry: registry, answers: answers, k: k, endpoint: $0))
      })
  }

  /// `true` for paths that need no token: the health of the server, and the page, which asks for the token.
  func isOpen(_ path: Substring) -> Bool {
    path == "/" || Self.isHealth(path) || metricsAreOpen && path == "/metrics"
  }

  /// `true` for paths of health checks. Compares bytes, since every request is checked.
  private static func isHealth(_ path: Substring) -> Bool {
    path == "/health" || path.utf8.starts(with: "/health/".utf8) || path.utf8.starts(with: "/v2/health/".utf8)
  }

  /// Answers requests for health and metrics before their body has come, however busy the server is.
  ///
  /// - Returns: `nil` for all other paths.
  func healthOrMetrics(_ request: ReceivedRequest, _ state: @autoclosure () -> Metrics.State) -> Reply? {
    let path = request.path
    let isHealth = Self.isHealth(path)
    guard isHealth || path == "/metrics" else { return nil }
    let route = isHealth ? "health" : "metrics"
    guard request.method == .GET else {
      return .error(.methodNotAllowed, "\(path) is asked by GET or HEAD", route: route, allow: "GET, HEAD")
    }
    switch path {
    case "/metrics":
      let text = metrics.text(registry, state())
      return Reply(type: "text/plain; version=0.0.4", body: Array(text.utf8), route: route)
    case "/health/live", "/v2/health/live": return .flag("live", true, route: route)
    case "/health/ready", "/v2/health/ready": return .flag("ready", registry.isReady, route: route)
    default: return .error(.notFound, "there are /health/live and /health/ready", route: route)
    }
  }

  /// The reply to a request, or the API that makes it.
  enum Target {
    case reply(Reply)
    case api(any RequestAPI, AskedRequest)
  }

  /// Returns what answers a request; 404 for unknown paths.
  func find(_ request: ReceivedRequest) -> Target {
    let path = request.path
    let segments = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .map { Substring($0) }.dropFirst()
    let first = segments.first ?? ""
    let api: any RequestAPI
    switch first {
    case _ where first.isSame(as: "v1"): api = tensorFlow
    case "v2": api = kserve
    case "" where segments.count <= 1 && request.method == .GET:
      return .reply(Reply(type: "text/html; charset=utf-8", body: Page.html, route: "page"))
    case "openapi.json" where request.method == .GET && segments.count == 1:
      return .reply(Reply(body: OpenAPI.document, route: "openapi"))
    default:
      guard segments.count == 1, let own = recommendations[String(first)] else {
        return .reply(.error(.notFound, "nothing is at \(path.prefix(200))", route: "other"))
      }
      api = own
    }
    let asked = AskedRequest(
      method: request.method, path: path, segments: segments.dropFirst(), query: request.query,
      origin: request.fields.origin, body: request.body, jsonLength: request.fields.jsonLength,
      deadline: request.deadline)
    return .api(api, asked)
  }
}
