import Glibc
import Logging
import NIOCore

/// Pauses accepting when the system is out of descriptors or memory, where NIO would retry without a pause, and sees to it that
/// room is made for a connection that waits.
package final class AcceptGuard: ChannelInboundHandler, Sendable {
  package typealias InboundIn = any Channel

  /// The pause after a failure.
  private static let pause = TimeAmount.milliseconds(50)
  /// The time in which a connection that gives way is closed.
  private static let patience = TimeAmount.milliseconds(100)
  /// The number of idle connections that are closed after a failure.
  private static let closedAtOnce = 16

  private let table: ConnectionTable
  private let metrics: Metrics
  private let log: RareLog

  package init(_ table: ConnectionTable, _ metrics: Metrics, _ logger: Logger) {
    self.table = table
    self.metrics = metrics
    log = RareLog(logger, every: .seconds(10))
  }

  package func handlerAdded(context: ChannelHandlerContext) {
    let room = context.eventLoop.scheduleRepeatedTask(initialDelay: Self.patience, delay: Self.patience) { [table] _ in
      table.makeRoom()
    }
    context.channel.closeFuture.whenComplete { _ in room.cancel() }
  }

  package func errorCaught(context: ChannelHandlerContext, error: any Error) {
    metrics.acceptFailed()
    // A connection that its client aborted says nothing about the others.
    guard (error as? IOError)?.errnoCode != ECONNABORTED else { return }
    log.error(
      "a connection cannot be accepted; idle ones are closed; raise the open files' limit or lower --max-connections",
      metadata: ["reason": "\(error)"])
    table.giveWay(Self.closedAtOnce)
    let channel = context.channel
    channel.setOption(.autoRead, value: false).whenFailure { _ in }
    context.eventLoop.scheduleTask(in: Self.pause) { channel.setOption(.autoRead, value: true).whenFailure { _ in } }
  }
}
