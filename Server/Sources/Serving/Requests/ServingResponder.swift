import Logging
import ModelVersions
import NIOHTTP1
import NIOHTTPCompression

/// Answers every request: routes it, applies the limits, counts and logs it.
package struct ServingResponder: Sendable {
  let metrics: Metrics
  let limits: ServerLimits
  let date = HTTPDate()
  let queue: SearchQueue
  let access: AccessToken
  private let memory: MemoryBudget
  private let paths: RequestPaths
  /// The log of requests; `nil` if they are not logged.
  private let logger: Logger?
  private let requestIDs = RequestIDs()

  /// - Parameters:
  ///   - k: the length of lists for requests that do not give one.
  ///   - metricsAreOpen: `true` if metrics need no token.
  ///   - logger: logs a line for each request; `nil` for none.
  package init(
    _ registry: ModelRegistry, queue: SearchQueue, metrics: Metrics = Metrics(), limits: ServerLimits = ServerLimits(),
    k: Int = 10, access: AccessToken = AccessToken(nil), metricsAreOpen: Bool = false, logger: Logger? = nil
  ) {
    self.queue = queue
    self.metrics = metrics
    self.limits = limits
    self.access = access
    self.logger = logger
    memory = MemoryBudget(limit: limits.memory)
    paths = RequestPaths(
      registry, answers: Answers(metrics: metrics, limits: limits), k: k, metricsAreOpen: metricsAreOpen)
  }

  /// Counts a request whose head has arrived; the caller must then call `leave` or `abandon`.
  ///
  /// - Parameter isExtra: `true` if the connection exceeds the limit of connections.
  /// - Returns: the reply to requests that are answered before their body: refusals, health and metrics.
  func enter(_ request: ReceivedRequest, isAllowed: Bool, isExtra: Bool) -> Reply? {
    metrics.enter()
    guard !request.lacksHost else { return refused(.badRequest, "the head names no Host, or several; name one") }
    guard isAllowed || paths.isOpen(request.path) else {
      return refused(.unauthorized, "give the server's token, as \"Authorization: Bearer …\"")
    }
    if let reply = paths.healthOrMetrics(request, state) { return reply }
    guard !isExtra else {
      return refused(.serviceUnavailable, "as many connections as there may be are being answered; come again")
    }
    guard !request.isTransferredOddly else {
      return refused(.notImplemented, "the body's Transfer-Encoding is not read; send it in chunks, or with its length")
    }
    if let coding = request.unknownCoding {
      return refused(
        .unsupportedMediaType, "the body's Content-Encoding is \(coding); send it plain, as gzip or as deflate")
    }
    return (request.fields.contentLength ?? 0) > bodyLimit ? tooLong : nil
  }

  private func refused(_ status: HTTPResponseStatus, _ message: String) -> Reply {
    .error(status, message, route: "refused")
  }

  private var state: Metrics.State { Metrics.State(waiting: queue.waitingCount, memory: memory.usedBytes) }

  private var tooLong: Reply {
    refused(.payloadTooLarge, "the body is longer than the \(bodyLimit) bytes that are read, unpacked")
  }

  /// The size up to which a body is not counted as memory, in bytes.
  private static let shortBody = 16_384
  /// The share of the memory that bodies may use, so that unfinished ones leave room for answers.
  private static let bodyShare = 0.5

  /// The greatest size of one body, in bytes: larger ones would never fit into the memory.
  private var bodyLimit: Int { min(limits.body, Int(Double(limits.memory) * Self.bodyShare)) }

  /// Appends a part of the body.
  ///
  /// - Returns: the reply that refuses the request; `nil` if it may go on.
  func take(_ part: some Collection<UInt8>, for request: inout ReceivedRequest) -> Reply? {
    guard request.body.count + part.count <= bodyLimit else { return tooLong }
    guard !request.deadline.isPast else { return tooSlow }
    if request.body.count + part.count > Self.shortBody, !part.isEmpty {
      if request.lease == nil { request.lease = memory.lease(request.body.count, share: Self.bodyShare) }
      guard request.lease?.grow(by: part.count, share: Self.bodyShare) == true else { return full }
    }
    request.body.append(contentsOf: part)
    return nil
  }

  /// The reply to a body that did not arrive in time: a slow client would hold memory for ever.
  var tooSlow: Reply {
    refused(.requestTimeout, "the body was not there after \(limits.time)")
  }

  var tooLate: Reply {
    let late = Deadline.late(limits.time)
    return refused(late.status, late.message)
  }

  private var full: Reply {
    refused(
      .serviceUnavailable, "requests hold \(memory.usedBytes >> 20) of \(limits.memory >> 20) MiB; come again")
  }

  var busy: Reply {
    refused(.tooManyRequests, "\(limits.requests) requests wait or are being answered, which is the limit; come again")
  }

  /// Returns the reply to a body that cannot be decompressed, or that becomes too long.
  func refusal(ofCompressed error: any Error) -> Reply {
    if case NIOHTTPDecompression.DecompressionError.limit = error { return tooLong }
    return refused(.badRequest, "the body is not what its Content-Encoding says, or not all of it")
  }

  /// Returns the head of a reply.
  ///
  /// - Parameter closes: `true` if the connection is closed after this reply.
  func head(of reply: Reply, to request: ReceivedRequest, requestID: String, closes: Bool) -> HTTPResponseHead {
    var headers = HTTPHeaders()
    headers.reserveCapacity(7)
    headers.add(name: "Content-Type", value: reply.type)
    headers.add(name: "Content-Length", value: "\(reply.count)")
    headers.add(name: "Date", value: date.text)
    headers.add(name: "X-Request-Id", value: requestID)
    if let length = reply.jsonLength { headers.add(name: ReceivedRequest.jsonLengthField, value: "\(length)") }
    if reply.status == .tooManyRequests || reply.status == .serviceUnavailable {
      headers.add(name: "Retry-After", value: "1")
    }
    if reply.status == .unauthorized { headers.add(name: "WWW-Authenticate", value: "Bearer") }
    if let methods = reply.allow { headers.add(name: "Allow", value: methods) }
    if closes {
      headers.add(name: "Connection", value: "close")
    } else if request.head.version == .http1_0 {
      headers.add(name: "Connection", value: "keep-alive")
    }
    return HTTPResponseHead(version: request.head.version, status: reply.status, headers: headers)
  }

  /// Counts and logs an answered request.
  ///
  /// - Returns: the request's id.
  func leave(_ request: ReceivedRequest, _ reply: Reply) -> String {
    metrics.leave()
    let duration = ContinuousClock.now - request.start
    metrics.took(duration, route: reply.route, status: Int(reply.status.code))
    let id = requestID(request) ?? requestIDs.next()
    logger?.info(
      "request",
      metadata: [
        "request": "\(id)", "method": "\(request.head.method.rawValue)", "path": "\(request.path)",
        "status": "\(reply.status.code)", "milliseconds": "\(duration / .milliseconds(1))",
      ])
    return id
  }

  /// Counts a request whose connection ended before it was answered.
  func abandon() { metrics.leave() }

  /// The client's own request id, if it has 1 to 128 visible ASCII characters.
  private func requestID(_ request: ReceivedRequest) -> String? {
    guard let id = request.fields.requestID, (1...128).contains(id.utf8.count),
      id.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
    else { return nil }
    return id
  }

  /// A reply, or work for the queue.
  enum Step {
    case reply(Reply)
    case work(Work, any RequestAPI)
  }

  /// The longest work that is done on the event loop's thread: handing it over would take as long.
  private static let short = Duration.milliseconds(1)
  /// The approximate time to read a byte of JSON.
  private static let byteTime = Duration.nanoseconds(20)

  /// Answers a short request at once, and describes the work of a longer one.
  func answer(_ request: ReceivedRequest) -> Step {
    switch paths.find(request) {
    case .reply(let reply): return .reply(reply)
    case .api(let api, let asked):
      do {
        // Reading a long body takes longer than a search.
        let length = asked.body.count + (asked.query?.utf8.count ?? 0)
        guard length <= Self.shortBody else {
          let reading = Work(Self.byteTime * length, isParted: false) { .becomes(try understand(asked, api)) }
          return .work(reading, api)
        }
        let work = try understand(asked, api)
        guard work.duration <= Self.short, case .answer(let reply) = try work.step() else { return .work(work, api) }
        return .reply(reply)
      } catch { return .reply(api.reply(to: error)) }
    }
  }

  /// Reads a request and reserves the memory of its answer.
  ///
  /// - Throws: what the API throws, and `RequestError` if there is no memory for the answer.
  private func understand(_ asked: AskedRequest, _ api: any RequestAPI) throws -> Work {
    let work = try api.work(for: asked)
    guard work.bytes > Self.shortBody else { return work }
    guard work.bytes <= limits.memory / 2 else {
      throw RequestError.bad(
        "the answer would have about \(work.bytes >> 20) MiB; at most \(limits.memory >> 21) are given. Ask for less")
    }
    guard let lease = memory.lease(work.bytes) else {
      throw RequestError(
        status: .serviceUnavailable,
        message: "the answer would have about \(work.bytes >> 20) MiB, and requests hold \(memory.usedBytes >> 20) of "
          + "\(limits.memory >> 20) MiB; come again")
    }
    return work.holding(lease)
  }
}
