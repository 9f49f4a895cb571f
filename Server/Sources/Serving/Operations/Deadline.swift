import NIOHTTP1

/// The time by which a request must be answered.
package struct Deadline: Sendable, Equatable {
  let instant: ContinuousClock.Instant
  private let limit: Duration

  package init(_ limit: Duration, from start: ContinuousClock.Instant) {
    self.limit = limit
    instant = start + limit
  }

  var isPast: Bool { ContinuousClock.now > instant }

  /// Throws a `RequestError` once it has passed.
  func check() throws(RequestError) {
    guard isPast else { return }
    throw Self.late(limit)
  }

  static func late(_ limit: Duration) -> RequestError {
    RequestError(
      status: .gatewayTimeout, message: "the answer was not there after \(limit); ask for less, or come again")
  }
}
