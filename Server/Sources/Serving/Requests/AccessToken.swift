import Synchronization

/// The bearer token that requests need; it can be replaced while the server runs.
package final class AccessToken: Sendable {
  private let token: Mutex<[UInt8]?>

  /// - Parameter token: `nil` if requests need none.
  package init(_ token: String?) { self.token = Mutex(token.map { Array($0.utf8) }) }

  package func replace(with token: String?) {
    let bytes = token.map { Array($0.utf8) }
    self.token.withLock { $0 = bytes }
  }

  /// `true` if requests need a token.
  package var isNeeded: Bool { token.withLock { $0 != nil } }

  /// `true` if a request with this `Authorization` header may be answered. Takes the same time wherever a token
  /// differs.
  package func allows(_ authorization: String?) -> Bool {
    guard let wanted = token.withLock({ $0 }) else { return true }
    let given = Self.bearer(authorization ?? "")
    var difference = given.count ^ wanted.count
    for place in wanted.indices { difference |= Int(wanted[place] ^ (place < given.count ? given[place] : 0)) }
    return difference == 0
  }

  /// The token after the scheme, which is case-insensitive (RFC 9110, 11.1).
  private static func bearer(_ authorization: String) -> [UInt8] {
    let scheme = "bearer"
    guard authorization.prefix(scheme.count).lowercased() == scheme else { return [] }
    let rest = authorization.utf8.dropFirst(scheme.utf8.count)
    guard rest.first == UInt8(ascii: " ") else { return [] }
    return Array(rest.drop { $0 == UInt8(ascii: " ") })
  }
}
