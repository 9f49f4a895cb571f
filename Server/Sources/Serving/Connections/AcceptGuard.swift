import Glibc
import Logging
import NIOCore

/// Keeps the server going where the system gives it no more connections, since descriptors or memory are used up: NIO would ask
/// again and again without a pause.
package final class AcceptGuard: ChannelInboundHandler, Sendable {
  package typealias InboundIn = any Channel

  /// After a failure nobody is accepted for so long.
  private static let pause = TimeAmount.milliseconds(50)
  /// Connections that are closed then.
  private static let closedAtOnce = 16

  private let table: ConnectionTable
  private let metrics: Metrics
  private let log: RareLog

  package init(_ table: ConnectionTable, _ metrics: Metrics, _ logger: Logger) {
    self.table = table
    self.metrics = metrics
    log = RareLog(logger, every: .seconds(10))
  }

  package func errorCaught(context: ChannelHandlerContext, error: any Error) {
    metrics.acceptFailed()
    // One that its client took back says nothing of the others.
    guard (error as? IOError)?.errnoCode != ECONNABORTED else { return }
    log.error(
      "a connection cannot be accepted; idle ones are closed. Raise the limit of open files, or lower --max-connections",
      metadata: ["reason": "\(error)"])
    table.giveWay(Self.closedAtOnce)
    let channel = context.channel
    channel.setOption(.autoRead, value: false).whenFailure { _ in }
    context.eventLoop.scheduleTask(in: Self.pause) { channel.setOption(.autoRead, value: true).whenFailure { _ in } }
  }
}
