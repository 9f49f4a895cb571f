import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// A connection of Hummingbird's server whose requests are answered where they were read, on the thread of its event loop:
/// a task for each connection, and the two changes of threads that each request then takes, cost more than an answer does.
package struct RequestConnection: ServerChildChannel {
  package struct Value: ServerChildChannelValue {
    package let channel: any Channel
  }

  /// Bytes of one field of a head, and of all of them: a path with a thousand names fits, and as many heads as there may be
  /// connections fit into memory.
  private static let headLimits = {
    var limits = NIOHTTPDecoderLimitConfiguration()
    (limits.maxHeaderFieldSize, limits.maxHeaderListSize) = (80 << 10, 128 << 10)
    return limits
  }()

  private let responder: ServingResponder
  private let table: ConnectionTable
  private let idleTimeout: TimeAmount

  /// - Parameter idleTimeout: after it a connection that sends nothing is closed, and one that takes nothing of its answer.
  package init(_ responder: ServingResponder, table: ConnectionTable, idleTimeout: TimeAmount) {
    self.responder = responder
    self.table = table
    self.idleTimeout = idleTimeout
  }

  package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      // An answer does not wait until what was sent before it is acknowledged.
      try channel.syncOptions?.setOption(.tcpOption(.tcp_nodelay), value: 1)
      let pipeline = channel.pipeline.syncOperations
      try pipeline.addHandler(IdleStateHandler(readTimeout: idleTimeout))
      // Who asks and does not read the answers is not read from.
      try pipeline.addHandler(BackPressureHandler())
      // Hands on a request when the one before it is answered, and ends with it when the server ends.
      try pipeline.configureHTTPServerPipeline(
        withPipeliningAssistance: true, withOutboundHeaderValidation: false,
        withEncoderConfiguration: HTTPResponseEncoder.Configuration(), withDecoderLimitConfiguration: Self.headLimits)
      try pipeline.addHandler(BodyCoding(limit: responder.limits.body))
      let entry = table.add(channel, responder.access.isNeeded ? .stranger : .idle)
      channel.closeFuture.whenComplete { [table] _ in table.remove(entry) }
      try pipeline.addHandler(
        RequestHandler(responder, entry, patience: idleTimeout + TimeAmount(responder.limits.time)))
      return Value(channel: channel)
    }
  }

  package func handle(value: Value, logger: Logger) async {
    try? await value.channel.closeFuture.get()
  }
}
