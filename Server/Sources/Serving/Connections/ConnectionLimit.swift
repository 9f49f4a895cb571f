import HummingbirdCore

/// Takes every connection, and closes the longest idle ones for those that are too many: whoever opens connections and sends
/// nothing keeps nobody else from being answered.
package struct ConnectionLimit: AvailableConnectionsDelegate {
  private let limit: Int
  private let table: ConnectionTable
  private var count = 0

  package init(_ limit: Int, _ table: ConnectionTable) {
    self.limit = limit
    self.table = table
  }

  package mutating func connectionOpened() {
    count += 1
    guard count > limit else { return }
    // A few at once: each look goes through all connections.
    let closed = table.giveWay(max(count - limit, min(limit / 16, Self.reserve)))
    // Without this one.
    let others = count - 1 - table.extraCount - closed
    if others >= limit { table.expectExtra() }
  }

  package mutating func connectionClosed() { count -= 1 }

  /// Beyond the limit a few are taken, who can be told how the server is while all others are being answered; these give way to
  /// each other.
  package func isAcceptingNewConnections() -> Bool {
    if count >= limit + Self.reserve { table.giveWay(1) }
    return count < limit + Self.reserve
  }

  package static let reserve = 16
}
