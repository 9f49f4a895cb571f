/// A version on the disk that is not served.
package struct RefusedVersion: Sendable {
  package let number: Int
  /// The identity of the refused file; `nil` if even that could not be read.
  package let source: FileIdentity?
  package let reason: String
  /// `nil` if only a change of the file can help.
  var backOff: BackOff?

  init(number: Int, source: FileIdentity?, reason: String, backOff: BackOff? = nil) {
    self.number = number
    self.source = source
    self.reason = reason
    self.backOff = backOff
  }
}

/// Exponential back-off, counted in checks: 1, 2, 4 and so on.
struct BackOff: Equatable, Sendable {
  private let wait: Int
  private var left: Int

  init() { self.init(1) }

  private init(_ wait: Int) { (self.wait, left) = (wait, wait) }

  /// Counts a check.
  ///
  /// - Returns: `true` if it is time to try again.
  mutating func count() -> Bool {
    left -= 1
    return left <= 0
  }

  /// Doubles the wait after a failed attempt, up to `limit` checks.
  func doubled(limit: Int) -> BackOff { BackOff(max(min(wait * 2, limit), 1)) }

  /// Looks in about a minute.
  static func limit(interval: Duration) -> Int {
    let looks = Duration.seconds(60) / interval
    return looks >= 1 ? Int(min(looks, 1_000_000)) : 1
  }
}
