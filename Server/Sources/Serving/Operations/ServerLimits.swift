/// What a request may ask, so that none can take the machine.
package struct ServerLimits: Sendable {
  /// Bytes of a body.
  package var body = 1 << 20
  /// Queries of one request.
  package var batch = 1_000
  /// Length of a list.
  package var k = 1_000
  /// Candidates that one request may name: to be excluded, or as a history.
  package var names = 100_000
  /// Conditions on fields of one request.
  package var conditions = 100
  /// Requests that are answered at once; more are told to come again.
  package var requests = 512
  /// Bytes that bodies and answers may hold at once, of all requests together.
  package var memory = 1 << 30
  /// From a request's head to its answer, the reading of its body included.
  package var time = Duration.seconds(30)

  package init() {}
}
