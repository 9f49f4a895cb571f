import HTTPTypes
import Hummingbird
import NIOCore

/// An answer before it is sent.
struct Reply: Sendable {
  var status = HTTPResponse.Status.ok
  var type = "application/json"
  var text: String
  /// What the metrics call the request.
  var route = "other"

  /// `{"error": …}`, as TensorFlow Serving and KServe have it, and so all of this server.
  static func error(_ status: HTTPResponse.Status, _ message: String, route: String = "other") -> Reply {
    Reply(
      status: status, text: JSONText.of { json in json.object(["error": { $0.string(message) }]) }, route: route)
  }

  func response(requestID: String) -> Response {
    var headers = HTTPFields()
    headers[.contentType] = type
    if let name = HTTPField.Name("X-Request-Id") { headers[name] = requestID }
    if status == .tooManyRequests { headers[.retryAfter] = "1" }
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}

/// Why a request is refused.
struct RequestError: Error {
  let status: HTTPResponse.Status
  let message: String

  static func bad(_ message: String) -> RequestError { RequestError(status: .badRequest, message: message) }
}
