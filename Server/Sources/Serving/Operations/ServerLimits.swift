/// What a request may ask, so that none can take the machine.
package struct ServerLimits: Sendable {
  /// Bytes of a body.
  package var body = 1 << 20
  /// Queries of one request.
  package var batch = 1_000
  /// Length of a list.
  package var k = 1_000
  /// Requests that are answered at once; more are told to come again.
  package var requests = 512
  /// From a request's head to its answer, the reading of its body included.
  package var time = Duration.seconds(30)

  package init() {}
}
