import JSON
import NIOHTTP1

/// An answer before it is sent.
package struct Reply: Sendable {
  var status = HTTPResponseStatus.ok
  var type = "application/json"
  /// The parts of the body, one behind the other.
  package let parts: [[UInt8]]
  /// Of the body, where bytes of tensors follow.
  var jsonLength: Int?
  /// Methods that are answered there, where another was asked.
  var allow: String?
  /// What the metrics call the request.
  package var route = "other"
  /// The memory that the body is counted with, until it is sent.
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

  /// Bytes of the body.
  var count: Int { parts.reduce(0) { $0 + $1.count } }

  /// `{"error": …}`, as TensorFlow Serving and KServe have it, and so all of this server.
  static func error(
    _ status: HTTPResponseStatus, _ message: String, route: String = "other", allow: String? = nil
  ) -> Reply {
    var reply = Reply(
      status: status, body: JSONText.of { json in json.object(["error": { $0.string(message) }]) }, route: route)
    reply.allow = allow
    return reply
  }

  /// `{name: value}`; the server is not there for what is false.
  static func flag(_ name: String, _ value: Bool, route: String) -> Reply {
    Reply(
      status: value ? .ok : .serviceUnavailable, body: JSONText.of { $0.raw("{\"\(name)\":\(value)}") }, route: route)
  }
}

/// Why a request is refused.
package struct RequestError: Error {
  let status: HTTPResponseStatus
  let message: String
  /// Methods that are answered there, where another was asked.
  var allow: String?

  static func bad(_ message: String) -> RequestError { RequestError(status: .badRequest, message: message) }
}

extension JSONReader {
  /// - Throws: that the body is no JSON, and where not.
  static func document(_ bytes: [UInt8]) throws(RequestError) -> JSONValue {
    do throws(Failure) { return try read(bytes) } catch { throw .bad("the body is not JSON: \(error)") }
  }
}
