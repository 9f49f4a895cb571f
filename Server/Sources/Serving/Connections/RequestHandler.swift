import NIOCore
import NIOHTTP1
import NIOHTTPCompression

/// Reads requests from a connection and sends the responder's replies.
final class RequestHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private enum State: Equatable {
    case idle
    case reading
    case answering
    case sending
    /// The request was answered before its whole body arrived; the rest is discarded.
    case discarding
    case closing
  }

  private let responder: ServingResponder
  private let table: ConnectionTable
  private let entry: ConnectionTable.Entry
  private var state = State.idle { didSet { if state != oldValue { updateActivity() } } }
  /// The request that is not yet answered.
  private var request: ReceivedRequest?
  /// The number of heads so far, which tells the requests of a connection apart.
  private var heads = 0
  /// The number of replies that are not yet wholly sent.
  private var unsent = 0
  /// The parts of the reply that were sent: so far, and at the last check for idleness.
  private var progress = (now: 0, before: 0)
  /// The parts of the reply that are still to be sent, the last first.
  private var outgoing: [ArraySlice<UInt8>] = []
  /// `true` while the end of a reply is written, which may pass on the next request.
  private var isEnding = false
  /// `true` once no further request is read: the connection is closed after the last reply.
  private var isLast = false
  /// `true` once a request was allowed.
  private var isKnown = false
  private var ticket: SearchQueue.Ticket?
  private let patience: TimeAmount
  private var watch: Scheduled<Void>?
  private var deadline: Scheduled<Void>?

  /// - Parameter patience: the time after which a connection is closed whose request's head is incomplete.
  init(_ responder: ServingResponder, _ table: ConnectionTable, _ entry: ConnectionTable.Entry, patience: TimeAmount) {
    self.responder = responder
    self.table = table
    self.entry = entry
    self.patience = patience
    isKnown = !responder.access.isNeeded
  }

  func handlerAdded(context: ChannelHandlerContext) { watch(context, heads: heads) }

  private func watch(_ context: ChannelHandlerContext, heads seen: Int) {
    watch = context.eventLoop.assumeIsolated().scheduleTask(in: patience) {
      if self.state == .idle, self.heads == seen { return self.close(context) }
      self.watch(context, heads: self.heads)
    }
  }

  /// Updates the connection's activity in the table.
  private func updateActivity() {
    guard isKnown, !entry.isExtra else { return entry.setActivity(.stranger) }
    switch state {
    case .answering: entry.setActivity(.busy)
    case .sending: entry.setActivity(.sending)
    case .idle, .reading, .discarding, .closing: entry.setActivity(unsent > 0 ? .sending : .idle)
    }
  }

  // MARK: A request comes

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
    let isAllowed = responder.access.allows(received.fields.authorization)
    isKnown = isKnown || isAllowed
    isLast = isLast || received.asksForAnotherProtocol
    request = received
    state = .reading
    let isExtra = entry.isExtra && !(isAllowed && table.takesPlace(entry))
    if let reply = responder.enter(received, isAllowed: isAllowed, isExtra: isExtra) {
      return send(reply, context)
    }
    if received.expectsToGoOn {
      let goOn = HTTPResponseHead(version: head.version, status: .continue)
      context.writeAndFlush(wrapOutboundOut(.head(goOn)), promise: nil)
    }
  }

  private func read(_ part: ByteBuffer, _ context: ChannelHandlerContext) {
    guard state == .reading, var received = request else { return }
    // Taken out of the property, so that appending does not copy the body.
    request = nil
    let refusal = responder.take(part.readableBytesView, for: &received)
    request = received
    updateActivity()
    if let refusal { send(refusal, context) }
  }

  /// Starts the deadline of a body that does not arrive together with its head, as most do.
  func channelReadComplete(context: ChannelHandlerContext) {
    if state == .reading || state == .discarding, deadline == nil { watchDeadline(context) }
    context.fireChannelReadComplete()
  }

  private func watchDeadline(_ context: ChannelHandlerContext) {
    let (number, limit) = (heads, responder.limits.time)
    let passed = request.map { ContinuousClock.now - $0.start } ?? .zero
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(max(limit - passed, .zero))) {
      self.deadline = nil
      guard self.heads == number else { return }
      switch self.state {
      case .reading: self.send(self.responder.tooSlow, context)
      case .answering: self.send(self.responder.tooLate, context)
      case .discarding: self.close(context)
      case .idle, .sending, .closing: break
      }
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
    case .discarding:
      forgetDeadline()
      state = .idle
      if isLast { closeWhenSent(context) }
    case .idle, .answering, .sending, .closing: break
    }
  }

  /// Hands the work to the queue, so that other connections are answered meanwhile.
  private func search(_ work: Work, _ api: any RequestAPI, _ deadline: Deadline, _ context: ChannelHandlerContext) {
    let number = heads
    let promise = context.eventLoop.makePromise(of: Reply.self)
    ticket = responder.queue.submit(work, atMost: responder.limits.requests, deadline: deadline) { result in
      switch result {
      case .success(let reply): promise.succeed(reply)
      case .failure(let error): promise.succeed(api.reply(to: error))
      }
    }
    guard ticket != nil else {
      promise.succeed(responder.busy)
      return send(responder.busy, context)
    }
    // The body is read and understood: the search needs it no longer.
    request?.body = []
    if self.deadline == nil { watchDeadline(context) }
    promise.futureResult.assumeIsolated().whenSuccess { reply in
      if self.heads == number, self.state == .answering { self.send(reply, context) }
    }
  }

  // MARK: An answer goes

  private func send(_ reply: Reply, _ context: ChannelHandlerContext) {
    guard let request else { return }
    forgetDeadline()
    ticket?.cancel()
    ticket = nil
    let requestID = responder.leave(request, reply)
    self.request = nil
    let next = next(after: reply, to: request)
    let head = responder.head(of: reply, to: request, requestID: requestID, closes: isLast)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    unsent += 1
    guard request.head.method != .HEAD, reply.count > 0 else { return finish(next, context) }
    if reply.count <= Self.partSize, context.channel.isWritable {
      for part in reply.parts {
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: part)))), promise: nil)
      }
      finish(next, context)
    } else {
      state = .sending
      progress = (0, 0)
      outgoing = reply.parts.flatMap { part in
        stride(from: 0, to: part.count, by: Self.partSize).map { part[$0..<min($0 + Self.partSize, part.count)] }
      }.reversed()
      sendParts(lease: reply.lease, then: next, context)
    }
  }

  /// The bytes of a reply that are sent at once.
  private static let partSize = 1 << 16

  /// Returns the state of the connection after a reply, and decides whether it is the last.
  private func next(after reply: Reply, to request: ReceivedRequest) -> State {
    let isWhole = state == .answering
    isLast = isLast || !request.head.isKeepAlive || reply.status == .requestTimeout
    // Neither is the rest of a body waited for that comes too slowly, nor that of a packed one unpacked for nobody.
    let isRead = isWhole || reply.status != .requestTimeout && !request.isPacked
    if !isRead { isLast = true }
    // A client that still sends would lose the answer if the connection were closed at once.
    return isWhole ? (isLast ? .closing : .idle) : (isRead ? .discarding : .closing)
  }

  /// Sends a reply part by part, each when the one before it was sent: others are answered meanwhile, sent parts are
  /// freed, and clients that stop reading get no further reply.
  private func sendParts(lease: MemoryBudget.Lease?, then next: State, _ context: ChannelHandlerContext) {
    guard state == .sending else { return }
    guard let part = outgoing.popLast() else { return finish(next, context) }
    let buffer = ByteBuffer(bytes: part)
    context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(buffer)))).assumeIsolated().whenComplete { result in
      guard case .success = result else { return }
      self.progress.now += 1
      self.updateActivity()
      // Later, not at once: a fast reader would keep this loop from all others.
      context.eventLoop.assumeIsolated().execute { self.sendParts(lease: lease, then: next, context) }
    }
  }

  /// Ends a reply, whereupon the connection's next request is passed on at once if it has arrived.
  private func finish(_ next: State, _ context: ChannelHandlerContext) {
    // Else each of a thousand requests would be answered on the stack of the one before it.
    guard !isEnding else {
      state = .sending
      return context.eventLoop.assumeIsolated().execute {
        if self.state == .sending { self.finish(next, context) }
      }
    }
    isEnding = true
    defer { isEnding = false }
    state = next
    context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
      self.unsent -= 1
      self.updateActivity()
      if self.state == .closing || self.isLast && self.state == .idle { self.closeWhenSent(context) }
    }
  }

  // MARK: The connection ends

  /// Closes the connection at once, or after the replies that are being made or sent.
  private func closeWhenSent(_ context: ChannelHandlerContext) {
    isLast = true
    if unsent > 0, state == .reading || state == .discarding || state == .idle { state = .closing }
    if unsent == 0, state != .answering { close(context) }
  }

  private func close(_ context: ChannelHandlerContext) {
    state = .closing
    context.close(promise: nil)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case is IdleStateHandler.IdleStateEvent:
      switch state {
      // A client that waits for a reply sends nothing.
      case .answering: break
      case .sending where progress.now > progress.before: progress.before = progress.now
      default: close(context)
      }
    case ChannelEvent.inputClosed:
      isLast = true
      switch state {
      // The rest of the request can no longer arrive.
      case .reading, .discarding: closeWhenSent(context)
      case .idle: closeWhenSent(context)
      case .answering, .sending, .closing: break
      }
    case is ConnectionTable.GiveWay:
      guard entry.mayGiveWay, state != .closing else { return }
      responder.metrics.connectionClosedForAnother()
      close(context)
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    watch?.cancel()
    forgetDeadline()
    ticket?.cancel()
    if request != nil { responder.abandon() }
    request = nil
    outgoing = []
    state = .closing
    context.fireChannelInactive()
  }

  private func forgetDeadline() {
    deadline?.cancel()
    deadline = nil
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch (error, state) {
    case (is NIOHTTPDecompression.DecompressionError, .reading),
      (is NIOHTTPDecompression.ExtraDecompressionError, .reading):
      send(responder.refusal(ofCompressed: error), context)
    case (is NIOHTTPDecompression.DecompressionError, .closing),
      (is NIOHTTPDecompression.ExtraDecompressionError, .closing):
      break
    default: closeWhenSent(context)
    }
  }
}
