import NIOHTTP1

/// A request as it comes in.
struct ReceivedRequest: Sendable {
  let head: HTTPRequestHead
  let start: ContinuousClock.Instant
  let deadline: Deadline
  var body: [UInt8] = []

  /// What KServe's binary extension calls the length of a body's JSON.
  static let jsonLengthField = "Inference-Header-Content-Length"

  init(_ head: HTTPRequestHead, limits: ServerLimits) {
    self.head = head
    start = .now
    deadline = Deadline(limits.time, from: start)
  }

  /// Without the scheme and host that a proxy's request has.
  private var target: Substring {
    let uri = head.uri[...]
    guard !uri.utf8.starts(with: "/".utf8), let scheme = uri.firstRange(of: "://") else { return uri }
    return uri[scheme.upperBound...].firstIndex(of: "/").map { uri[$0...] } ?? "/"
  }

  /// What is before the question mark, and what is behind it, if there is one.
  var pathAndQuery: (path: Substring, query: Substring?) {
    let target = target
    guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (target, nil) }
    return (target[..<mark], target[target.utf8.index(after: mark)...])
  }

  /// A page that is asked for by HEAD is the one that GET gives.
  var method: HTTPMethod { head.method == .HEAD ? .GET : head.method }
}
