import Logging
import ModelVersions
import NIOHTTP1
import NIOHTTPCompression

/// Answers every request: finds what is asked for, holds it to the limits, counts and logs it.
package struct ServingResponder: Sendable {
  let metrics: Metrics
  let limits: ServerLimits
  let date = HTTPDate()
  let queue: SearchQueue
  let access: AccessToken
  private let memory: MemoryBudget
  private let paths: RequestPaths
  /// Of requests; none is logged if nil.
  private let logger: Logger?
  private let names = RequestNames()

  /// - Parameters:
  ///   - k: length of lists where a request cannot give one, or gives none.
  ///   - logger: gets a line for each request; none if nil.
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

  /// Counts a request whose head came; `leave` or `abandon` is to follow.
  ///
  /// - Parameter isExtra: `true` for a connection that is one too many.
  /// - Returns: the answer of what is answered before the body comes: refusals, and what tells how the server is.
  func enter(_ request: ReceivedRequest, isAllowed: Bool, isExtra: Bool) -> Reply? {
    metrics.enter()
    guard !request.lacksHost else { return refused(.badRequest, "the head names no Host, or several; name one") }
    guard isAllowed || paths.isOpen(request.path) else {
      return refused(.unauthorized, "give the server's token, as \"Authorization: Bearer …\"")
    }
    if let reply = paths.standing(request, state) { return reply }
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

  /// Bytes of a body that are not counted: so many of every connection fit anywhere.
  private static let shortBody = 16_384
  /// The share of the memory for bodies: those that are never finished do not keep others from being answered.
  private static let bodyShare = 0.5

  /// The most bytes of one body: what never fits into the memory is refused for good.
  private var bodyLimit: Int { min(limits.body, Int(Double(limits.memory) * Self.bodyShare)) }

  /// Takes a part of the body.
  ///
  /// - Returns: why the request is refused; nil if it may go on.
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

  /// Who sends a byte now and then would hold memory for ever.
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

  /// Refuses a body that gzip or deflate cannot make whole again, or that becomes too long.
  func refusal(ofCompressed error: any Error) -> Reply {
    if case NIOHTTPDecompression.DecompressionError.limit = error { return tooLong }
    return refused(.badRequest, "the body is not what its Content-Encoding says, or not all of it")
  }

  /// - Parameter closes: `true` if the connection ends with this answer.
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
        "request": "\(id)", "method": "\(request.head.method.rawValue)", "path": "\(request.path)",
        "status": "\(reply.status.code)", "milliseconds": "\(duration / .milliseconds(1))",
      ])
    return id
  }

  /// Counts a request whose connection ended before it was answered.
  func abandon() { metrics.leave() }

  /// What a client calls its request, if that is short and plain.
  private func requestID(_ request: ReceivedRequest) -> String? {
    guard let id = request.fields.requestID, (1...128).contains(id.utf8.count),
      id.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
    else { return nil }
    return id
  }

  /// An answer at once, or work for the queue.
  enum Step {
    case reply(Reply)
    case work(Work, any RequestAPI)
  }

  /// Searches that take no longer are done where the request was read: handing them over would take as long.
  private static let short = Duration.milliseconds(1)
  /// Reading a byte of JSON takes about as long, where values are short.
  private static let byteTime = Duration.nanoseconds(20)

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

  /// - Throws: besides what is wrong with the request, that there is no memory for its answer.
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
