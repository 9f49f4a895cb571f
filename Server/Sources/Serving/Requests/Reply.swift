import JSON
import NIOHTTP1

/// An answer before it is sent.
struct Reply: Sendable {
  var status = HTTPResponseStatus.ok
  var type = "application/json"
  var body: [UInt8]
  /// Of the body, where bytes of tensors follow.
  var jsonLength: Int?
  /// What the metrics call the request.
  var route = "other"

  /// `{"error": …}`, as TensorFlow Serving and KServe have it, and so all of this server.
  static func error(_ status: HTTPResponseStatus, _ message: String, route: String = "other") -> Reply {
    Reply(
      status: status, body: JSONText.of { json in json.object(["error": { $0.string(message) }]) }, route: route)
  }

  /// `{name: value}`; the server is not there for what is false.
  static func flag(_ name: String, _ value: Bool, route: String) -> Reply {
    Reply(
      status: value ? .ok : .serviceUnavailable, body: JSONText.of { $0.raw("{\"\(name)\":\(value)}") }, route: route)
  }
}

/// Why a request is refused.
struct RequestError: Error {
  let status: HTTPResponseStatus
  let message: String

  static func bad(_ message: String) -> RequestError { RequestError(status: .badRequest, message: message) }
}

extension JSONReader {
  /// - Throws: that the body is no JSON, and where not.
  static func document(_ bytes: [UInt8]) throws(RequestError) -> JSONValue {
    do throws(Failure) { return try read(bytes) } catch { throw .bad("the body is not JSON: \(error)") }
  }
}
