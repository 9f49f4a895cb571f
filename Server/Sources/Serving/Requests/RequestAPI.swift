import ModelVersions
import NIOHTTP1
import Servable

/// A request whose whole body was read.
struct AskedRequest: Sendable {
  let method: HTTPMethod
  let path: Substring
  /// The segments of the path after the one that chose the API, still percent-encoded.
  let segments: ArraySlice<Substring>
  /// The query string, still percent-encoded.
  let query: Substring?
  /// The `Origin` header, which browsers send.
  let origin: String?
  let body: [UInt8]
  /// The length of the JSON before the bytes of tensors: `Inference-Header-Content-Length`.
  let jsonLength: Int?
  let deadline: Deadline
}

/// An HTTP API: it reads requests and describes the work that answers them.
protocol RequestAPI: Sendable {
  /// The route's name in the metrics.
  var route: String { get }
  /// Reads a request and returns the work that answers it.
  ///
  /// - Throws: what `reply(to:)` turns into the reply of an error.
  func work(for asked: AskedRequest) throws -> Work
  /// Describes, in the API's own words, a model or version that is not served.
  func refusal(of absence: ModelRegistry.Absence) -> RequestError
}

extension RequestAPI {
  func refusal(of absence: ModelRegistry.Absence) -> RequestError {
    RequestError(status: absence.status, message: absence.message)
  }

  func reply(to error: any Error) -> Reply {
    switch error {
    case let error as RequestError: .error(error.status, error.message, route: route, allow: error.allow)
    case let absence as ModelRegistry.Absence: reply(to: refusal(of: absence))
    case ServableError.unknownCandidate: .error(.notFound, "\(error)", route: route)
    case is ServableError: .error(.badRequest, "\(error)", route: route)
    default: .error(.internalServerError, "\(error)", route: route)
    }
  }
}
