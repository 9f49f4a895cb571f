import NIOCore
import NIOHTTP1
import NIOPosix

/// Reads requests from a connection and sends what the responder answers.
final class RequestHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private enum State: Equatable {
    case idle
    case reading
    case answering
    /// The request was answered before all of its body came; the rest is thrown away.
    case discarding(until: Deadline)
    case closing
  }

  private let responder: ServingResponder
  private var state = State.idle
  /// That is not yet answered.
  private var request: ReceivedRequest?
  /// Heads that came.
  private var heads = 0
  private let patience: TimeAmount
  private var watch: Scheduled<Void>?

  /// - Parameter patience: after it a connection is closed that sends something, and never all of a request's head.
  init(_ responder: ServingResponder, patience: TimeAmount) {
    self.responder = responder
    self.patience = patience
  }

  func handlerAdded(context: ChannelHandlerContext) { watch(context, heads: heads) }

  private func watch(_ context: ChannelHandlerContext, heads seen: Int) {
    watch = context.eventLoop.assumeIsolated().scheduleTask(in: patience) {
      if self.state == .idle, self.heads == seen { return self.close(context) }
      self.watch(context, heads: self.heads)
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): begin(head, context)
    case .body(let part): read(part, context)
    case .end: end(context)
    }
  }

  private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    guard state != .closing else { return }
    heads += 1
    let received = ReceivedRequest(head, limits: responder.limits)
    request = received
    state = .reading
    if let refusal = responder.enter(received) { return send(refusal, context) }
    if head.headers.first(name: "Expect")?.lowercased() == "100-continue" {
      let goOn = HTTPResponseHead(version: head.version, status: .continue)
      context.writeAndFlush(wrapOutboundOut(.head(goOn)), promise: nil)
    }
  }

  private func read(_ part: ByteBuffer, _ context: ChannelHandlerContext) {
    switch state {
    case .reading:
      request?.body.append(contentsOf: part.readableBytesView)
      if let refusal = request.flatMap({ responder.refusal(ofBody: $0) }) { send(refusal, context) }
    case .discarding(let deadline): if deadline.isPast { close(context) }
    case .idle, .answering, .closing: break
    }
  }

  private func end(_ context: ChannelHandlerContext) {
    switch state {
    case .reading:
      guard let request else { return }
      state = .answering
      switch responder.answer(request) {
      case .reply(let reply): send(reply, context)
      case .work(let work, let api): search(work, api, request.deadline, context)
      }
    case .discarding: state = .idle
    case .idle, .answering, .closing: break
    }
  }

  /// On a thread of the pool, which others are answered beside.
  private func search(
    _ work: Work, _ api: any RequestAPI, _ deadline: Deadline, _ context: ChannelHandlerContext
  ) {
    let metrics = responder.metrics
    metrics.beginWait()
    let future = NIOThreadPool.singleton.runIfActive(eventLoop: context.eventLoop) {
      metrics.endWait()
      // Who has waited too long is no longer listened to.
      do {
        try deadline.check()
        return try work.reply()
      } catch { return api.reply(to: error) }
    }
    future.assumeIsolated().whenComplete { result in
      guard self.request != nil else { return }
      switch result {
      case .success(let reply): self.send(reply, context)
      // The pool ends with the server.
      case .failure(let error): self.send(.error(.serviceUnavailable, "\(error)"), context)
      }
    }
  }

  private func send(_ reply: Reply, _ context: ChannelHandlerContext) {
    guard let request else { return }
    let requestID = responder.leave(request, reply)
    // The rest of a body that comes too slowly is not waited for.
    let closes = !request.head.isKeepAlive || reply.status == .requestTimeout
    var headers = HTTPHeaders()
    headers.reserveCapacity(7)
    headers.add(name: "Content-Type", value: reply.type)
    headers.add(name: "Content-Length", value: "\(reply.body.count)")
    headers.add(name: "Date", value: responder.date.text)
    headers.add(name: "X-Request-Id", value: requestID)
    if let length = reply.jsonLength { headers.add(name: ReceivedRequest.jsonLengthField, value: "\(length)") }
    if reply.status == .tooManyRequests { headers.add(name: "Retry-After", value: "1") }
    if closes {
      headers.add(name: "Connection", value: "close")
    } else if request.head.version == .http1_0 {
      headers.add(name: "Connection", value: "keep-alive")
    }
    let head = HTTPResponseHead(version: request.head.version, status: reply.status, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if request.head.method != .HEAD {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: reply.body)))), promise: nil)
    }
    state = closes ? .closing : state == .answering ? .idle : .discarding(until: request.deadline)
    self.request = nil
    guard closes else { return context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
    context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in context.close(promise: nil) }
  }

  private func close(_ context: ChannelHandlerContext) {
    state = .closing
    context.close(promise: nil)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is IdleStateHandler.IdleStateEvent {
      // Who waits for an answer sends nothing.
      if state != .answering { close(context) }
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    watch?.cancel()
    if let request { responder.abandon(request) }
    request = nil
    state = .closing
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    close(context)
  }
}
