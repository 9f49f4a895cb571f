import Logging
import ModelVersions
import NIOHTTP1

/// Answers every request: finds what is asked for, holds it to the limits, counts and logs it.
package struct ServingResponder: Sendable {
  let metrics: Metrics
  let limits: ServerLimits
  let date = HTTPDate()
  private let registry: ModelRegistry
  private let token: [UInt8]?
  /// Of requests; none is logged if nil.
  private let logger: Logger?
  private let names = RequestNames()
  private let tensorFlow: TensorFlowAPI
  private let kserve: KServeAPI
  /// By path.
  private let recommendations: [String: RecommendationAPI]

  /// - Parameters:
  ///   - k: length of lists where a request cannot give one, or gives none.
  ///   - token: what requests must bear; all are answered if nil.
  ///   - logger: gets a line for each request; none if nil.
  package init(
    _ registry: ModelRegistry, metrics: Metrics = Metrics(), limits: ServerLimits = ServerLimits(), k: Int = 10,
    token: String? = nil, logger: Logger? = nil
  ) {
    self.registry = registry
    self.metrics = metrics
    self.limits = limits
    self.token = token.map { Array($0.utf8) }
    self.logger = logger
    let answers = Answers(metrics: metrics, limits: limits)
    tensorFlow = TensorFlowAPI(registry: registry, answers: answers, k: k)
    kserve = KServeAPI(registry: registry, answers: answers, k: k)
    recommendations = Dictionary(
      uniqueKeysWithValues: RecommendationAPI.paths.map {
        ($0, RecommendationAPI(registry: registry, answers: answers, k: k, path: $0))
      })
  }

  /// Counts a request whose head came; `leave` or `abandon` is to follow.
  ///
  /// - Returns: why it is refused before its body comes, if it is.
  func enter(_ request: ReceivedRequest) -> Reply? {
    guard metrics.enter(atMost: limits.requests) else {
      return .error(
        .tooManyRequests, "\(limits.requests) requests are being answered; come again", route: "refused")
    }
    guard isOpen(request) || isAllowed(request) else {
      return .error(.unauthorized, "give the server's token, as \"Authorization: Bearer …\"", route: "refused")
    }
    return nil
  }

  /// - Returns: why a request is refused that sends too much, or too slowly; nil if it may go on.
  func refusal(ofBody request: ReceivedRequest) -> Reply? {
    guard request.body.count <= limits.body else {
      return .error(.payloadTooLarge, "the body is longer than \(limits.body) bytes", route: "refused")
    }
    // Who sends a byte now and then would hold a place for ever.
    guard !request.deadline.isPast else {
      return .error(.requestTimeout, "the body was not there after \(limits.time)", route: "refused")
    }
    return nil
  }

  /// Counts and logs what was answered.
  ///
  /// - Returns: the request's name.
  func leave(_ request: ReceivedRequest, _ reply: Reply) -> String {
    metrics.leave()
    let duration = ContinuousClock.now - request.start
    metrics.took(duration, route: reply.route, status: Int(reply.status.code))
    let id = requestID(request) ?? names.next()
    logger?.info(
      "request",
      metadata: [
        "request": "\(id)", "method": "\(request.head.method.rawValue)", "path": "\(request.pathAndQuery.path)",
        "status": "\(reply.status.code)", "milliseconds": "\(duration / .milliseconds(1))",
      ])
    return id
  }

  /// Counts a request whose connection ended before it was answered.
  func abandon(_ request: ReceivedRequest) { metrics.leave() }

  /// What a client calls its request, if that is short and plain.
  private func requestID(_ request: ReceivedRequest) -> String? {
    guard let id = request.head.headers.first(name: "X-Request-Id"), (1...128).contains(id.utf8.count),
      id.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
    else { return nil }
    return id
  }

  /// What is answered at once, or is to be searched for on another thread.
  enum Step {
    case reply(Reply)
    case work(Work, any RequestAPI)
  }

  /// Searches that take no longer are done where the request was read: handing them over would take as long.
  private static let short = Duration.milliseconds(1)

  func answer(_ request: ReceivedRequest) -> Step {
    let (path, query) = request.pathAndQuery
    let segments = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .map { Substring($0) }.dropFirst()
    let first = segments.first ?? ""
    let api: any RequestAPI
    switch first {
    case _ where first.isSame(as: "v1"): api = tensorFlow
    case "v2": api = kserve
    case "health": return .reply(health(segments.dropFirst().first))
    case "" where segments.count <= 1 && request.method == .GET:
      return .reply(Reply(type: "text/html; charset=utf-8", body: Page.html, route: "page"))
    case "metrics" where request.method == .GET:
      let text = metrics.text(registry)
      return .reply(Reply(type: "text/plain; version=0.0.4", body: Array(text.utf8), route: "metrics"))
    case "openapi.json" where request.method == .GET:
      return .reply(Reply(body: OpenAPI.document, route: "openapi"))
    default:
      guard segments.count == 1, let own = recommendations[String(first)] else {
        return .reply(.error(.notFound, "nothing is at \(path)", route: "other"))
      }
      api = own
    }
    let asked = AskedRequest(
      method: request.method, path: path, segments: segments.dropFirst(), query: query,
      origin: request.head.headers.first(name: "Origin"), body: request.body,
      jsonLength: request.head.headers.first(name: ReceivedRequest.jsonLengthField).map { Int($0) ?? -1 },
      deadline: request.deadline)
    do {
      let work = try api.work(for: asked)
      return work.duration > Self.short ? .work(work, api) : .reply(try work.reply())
    } catch { return .reply(api.reply(to: error)) }
  }

  private func health(_ what: Substring?) -> Reply {
    switch what {
    case "live": .flag("live", true, route: "health")
    case "ready": .flag("ready", registry.isReady, route: "health")
    default: .error(.notFound, "there are /health/live and /health/ready", route: "health")
    }
  }

  /// What tells whether the server lives is asked by those who have no token, and the page asks for it.
  private func isOpen(_ request: ReceivedRequest) -> Bool {
    guard token != nil else { return true }
    let path = request.pathAndQuery.path
    return path == "/" || path == "/health" || path.hasPrefix("/health/")
  }

  /// Takes as long whatever is wrong with a token.
  private func isAllowed(_ request: ReceivedRequest) -> Bool {
    guard let token else { return true }
    let given = Array((request.head.headers.first(name: "Authorization") ?? "").utf8)
    let wanted = Array("Bearer ".utf8) + token
    var difference = given.count ^ wanted.count
    for place in wanted.indices { difference |= Int(wanted[place] ^ (place < given.count ? given[place] : 0)) }
    return difference == 0
  }
}
