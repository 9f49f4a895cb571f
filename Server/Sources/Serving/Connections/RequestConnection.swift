import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// A connection of Hummingbird's server whose requests are answered on the thread of its event loop. A task for each
/// connection would cost two changes of threads for each request, more than an answer takes.
package struct RequestConnection: ServerChildChannel {
  package struct Value: ServerChildChannelValue {
    package let channel: any Channel
  }

  /// The limits of one header field and of a whole head, in bytes: a path with a thousand names fits, and so do the
  /// heads of all connections into memory.
  private static let headLimits = {
    var limits = NIOHTTPDecoderLimitConfiguration()
    (limits.maxHeaderFieldSize, limits.maxHeaderListSize) = (80 << 10, 128 << 10)
    return limits
  }()

  private let responder: ServingResponder
  private let table: ConnectionTable
  private let idleTimeout: TimeAmount

  /// - Parameter idleTimeout: the time after which a connection is closed that sends nothing, or reads nothing of its
  ///   reply.
  package init(_ responder: ServingResponder, table: ConnectionTable, idleTimeout: TimeAmount) {
    self.responder = responder
    self.table = table
    self.idleTimeout = idleTimeout
  }

  package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      // A reply does not wait until the one before it is acknowledged.
      try channel.syncOptions?.setOption(.tcpOption(.tcp_nodelay), value: 1)
      let pipeline = channel.pipeline.syncOperations
      try pipeline.addHandler(IdleStateHandler(readTimeout: idleTimeout))
      // Clients that stop reading replies are not read from.
      try pipeline.addHandler(BackPressureHandler())
      // Passes on a request when the one before it is answered, and closes after it when the server ends.
      try pipeline.configureHTTPServerPipeline(
        withPipeliningAssistance: true, withOutboundHeaderValidation: false,
        withEncoderConfiguration: HTTPResponseEncoder.Configuration(), withDecoderLimitConfiguration: Self.headLimits)
      try pipeline.addHandler(BodyCoding(limit: responder.limits.body))
      let entry = table.add(channel, responder.access.isNeeded ? .stranger : .idle)
      channel.closeFuture.whenComplete { [table] _ in table.remove(entry) }
      try pipeline.addHandler(
        RequestHandler(responder, table, entry, patience: idleTimeout + TimeAmount(responder.limits.time)))
      return Value(channel: channel)
    }
  }

  package func handle(value: Value, logger: Logger) async {
    try? await value.channel.closeFuture.get()
  }
}
