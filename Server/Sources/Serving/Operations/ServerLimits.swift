/// The limits of requests, so that none can exhaust the machine.
package struct ServerLimits: Sendable {
  /// The greatest size of a body, in bytes.
  package var body = 1 << 20
  /// The greatest number of queries in a request.
  package var batch = 1_000
  /// The greatest length of a list.
  package var k = 1_000
  /// The greatest number of candidates that a request names, to exclude or as a history.
  package var names = 100_000
  /// The greatest number of conditions on fields in a request.
  package var conditions = 100
  /// The greatest number of requests that are answered at once; others get 429.
  package var requests = 512
  /// The memory of the bodies and replies of all requests, in bytes.
  package var memory = 1 << 30
  /// The time from a request's head to its reply, including reading its body.
  package var time = Duration.seconds(30)

  package init() {}
}
