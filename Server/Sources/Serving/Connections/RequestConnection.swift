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

  private let responder: ServingResponder
  private let idleTimeout: TimeAmount

  /// - Parameter idleTimeout: after it a connection that sends nothing is closed, in the middle of a body, too.
  package init(_ responder: ServingResponder, idleTimeout: TimeAmount) {
    self.responder = responder
    self.idleTimeout = idleTimeout
  }

  package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      let pipeline = channel.pipeline.syncOperations
      try pipeline.addHandler(IdleStateHandler(readTimeout: idleTimeout))
      // Who asks and does not read the answers is not read from.
      try pipeline.addHandler(BackPressureHandler())
      // Hands on a request when the one before it is answered, and ends with it when the server ends.
      try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withOutboundHeaderValidation: false)
      try pipeline.addHandler(RequestHandler(responder, patience: idleTimeout + TimeAmount(responder.limits.time)))
      return Value(channel: channel)
    }
  }

  package func handle(value: Value, logger: Logger) async {
    try? await value.channel.closeFuture.get()
  }
}
