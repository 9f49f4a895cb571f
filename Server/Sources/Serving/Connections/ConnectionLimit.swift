import HummingbirdCore

/// Accepts every connection, and closes the longest idle ones beyond the limit, so that clients that open connections
/// and send nothing cannot shut out others.
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
    // Several at once: each call scans all connections.
    let closed = table.giveWay(max(count - limit, min(limit / 16, Self.reserve)))
    // Without this one.
    let others = count - 1 - table.extraCount - closed
    if others >= limit { table.expectExtra() }
  }

  package mutating func connectionClosed() { count -= 1 }

  /// `true` while fewer than the limit and a reserve are open. Connections of the reserve can ask for health and
  /// metrics while all others are being answered; the oldest of them is closed for the next.
  package func isAcceptingNewConnections() -> Bool {
    let isThere = count < limit + Self.reserve
    table.noteRoom(isThere: isThere)
    return isThere
  }

  package static let reserve = 16
}
