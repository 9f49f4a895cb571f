/// An error of starting or running the server, in one line with a remedy.
enum ServeError: Error, Equatable, CustomStringConvertible {
  case notServed(file: String, reason: String?)
  case ended(reason: String)
  case fewDescriptors
  case noFolder(String)
  case noListening(host: String, port: Int, reason: String)
  // Errors of the bearer token, in a file or in the environment.
  case missingToken(String)
  case unreadableToken(String, limit: Int)
  case emptyToken(String)
  case malformedToken(String)

  var description: String {
    switch self {
    case .notServed(let file, let reason): reason ?? "\(file): no servable there; give another file"
    case .fewDescriptors: "too few files may be open at once (ulimit -n); raise the limit to 64 or more"
    case .noFolder(let path): "\(path): the folder of models does not exist; make it, or give another --models"
    case .ended(let reason): "the server no longer listens: \(reason); start it again"
    case .noListening(let host, let port, let reason):
      "nothing can listen on \(host), port \(port): \(reason); give another --host or --port"
    case .missingToken(let path): "\(path): there is no such file; expected one that holds the token"
    case .unreadableToken(let path, let limit):
      "\(path): it is too long or not UTF-8; expected a token of \(limit) bytes at most"
    case .emptyToken(let place): "\(place): it is empty; expected a token"
    case .malformedToken(let place):
      "\(place): it has spaces, line breaks or other characters than ASCII; expected a token on one line"
    }
  }
}
