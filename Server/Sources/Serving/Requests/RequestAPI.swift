import ModelVersions
import NIOHTTP1
import Servable

/// A request whose body was read.
struct AskedRequest: Sendable {
  let method: HTTPMethod
  let path: Substring
  /// What the path has between slashes, not decoded, without what chose the API.
  let segments: ArraySlice<Substring>
  /// Behind the path's question mark, not decoded.
  let query: Substring?
  /// The page that asks, where a browser says so.
  let origin: String?
  let body: [UInt8]
  /// Of the body, where bytes of tensors follow: `Inference-Header-Content-Length`.
  let jsonLength: Int?
  let deadline: Deadline
}

/// One of the ways to ask.
protocol RequestAPI: Sendable {
  /// What the metrics call a request that is refused.
  var route: String { get }
  /// Understands a request.
  func work(for asked: AskedRequest) throws -> Work
  /// Words that a model is not there.
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
    case Servable.Refusal.unknownCandidate: .error(.notFound, "\(error)", route: route)
    case is Servable.Refusal, is FieldFilter.Refusal: .error(.badRequest, "\(error)", route: route)
    default: .error(.internalServerError, "\(error)", route: route)
    }
  }
}
