import HummingbirdCore
import Logging
import NIOCore
import NIOSSL

/// A TLS connection around `base`, with the certificate that is in force when it is opened.
package struct SecureConnection<Base: ServerChildChannel>: ServerChildChannel {
  package typealias Value = Base.Value

  private let base: Base
  private let certificate: ServerCertificate

  package init(_ base: Base, _ certificate: ServerCertificate) {
    self.base = base
    self.certificate = certificate
  }

  package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: certificate.context))
    }.flatMap { base.setup(channel: channel, logger: logger) }
  }

  package func handle(value: Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}
