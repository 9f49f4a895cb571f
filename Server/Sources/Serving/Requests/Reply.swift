import JSON
import NIOHTTP1

/// A reply to an HTTP request, before it is sent.
package struct Reply: Sendable {
  var status = HTTPResponseStatus.ok
  var type = "application/json"
  /// The parts of the body, in order.
  package let parts: [[UInt8]]
  /// The length of the JSON before the bytes of tensors; `nil` if all of the body is JSON.
  var jsonLength: Int?
  /// The `Allow` header of a 405: the methods of the path.
  var allow: String?
  /// The route's name in the metrics.
  package var route = "other"
  /// The lease of the body's memory, held until it is sent.
  var lease: MemoryBudget.Lease?

  package init(
    status: HTTPResponseStatus = .ok, type: String = "application/json", parts: [[UInt8]], jsonLength: Int? = nil,
    route: String = "other"
  ) {
    (self.status, self.type, self.parts, self.jsonLength, self.route) = (status, type, parts, jsonLength, route)
  }

  package init(
    status: HTTPResponseStatus = .ok, type: String = "application/json", body: [UInt8], route: String = "other"
  ) {
    self.init(status: status, type: type, parts: [body], route: route)
  }

  /// The size of the body, in bytes.
  var count: Int { parts.reduce(0) { $0 + $1.count } }

  /// Returns `{"error": message}`, the form that TensorFlow Serving and KServe use.
  static func error(
    _ status: HTTPResponseStatus, _ message: String, route: String = "other", allow: String? = nil
  ) -> Reply {
    var reply = Reply(
      status: status, body: JSONText.of { json in json.object(["error": { $0.string(message) }]) }, route: route)
    reply.allow = allow
    return reply
  }

  /// Returns `{name: value}`, with the status 503 for `false`.
  static func flag(_ name: String, _ value: Bool, route: String) -> Reply {
    Reply(
      status: value ? .ok : .serviceUnavailable, body: JSONText.of { $0.raw("{\"\(name)\":\(value)}") }, route: route)
  }
}

/// A refused request: the status and the message of its reply.
package struct RequestError: Error {
  let status: HTTPResponseStatus
  let message: String
  /// The `Allow` header of a 405: the methods of the path.
  var allow: String?

  static func bad(_ message: String) -> RequestError { RequestError(status: .badRequest, message: message) }
}

extension JSONReader {
  /// Reads a request's body.
  ///
  /// - Throws: `RequestError` with the offset of the first byte that is not JSON.
  static func document(_ bytes: [UInt8]) throws(RequestError) -> JSONValue {
    do throws(JSONError) { return try read(bytes) } catch { throw .bad("the body is not JSON: \(error)") }
  }
}
