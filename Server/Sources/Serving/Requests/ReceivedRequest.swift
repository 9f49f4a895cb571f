import NIOHTTP1

/// A request that is being received.
struct ReceivedRequest: Sendable {
  let head: HTTPRequestHead
  let fields: HeadFields
  /// The path before the question mark.
  let path: Substring
  /// The query string after the question mark; `nil` if there is none.
  let query: Substring?
  let start: ContinuousClock.Instant
  let deadline: Deadline
  var body: [UInt8] = []
  /// The lease of a long body's memory.
  var lease: MemoryBudget.Lease?

  /// The header of KServe's binary extension with the length of a body's JSON.
  static let jsonLengthField = "Inference-Header-Content-Length"

  init(_ head: HTTPRequestHead, limits: ServerLimits) {
    self.head = head
    fields = HeadFields(head.headers)
    start = .now
    deadline = Deadline(limits.time, from: start)
    let target = Self.target(head.uri)
    if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
      (path, query) = (target[..<mark], target[target.utf8.index(after: mark)...])
    } else {
      (path, query) = (target, nil)
    }
  }

  /// Returns the URI without the scheme and host of a proxy's request.
  private static func target(_ text: String) -> Substring {
    let uri = text[...]
    guard !uri.utf8.starts(with: "/".utf8), let scheme = uri.firstRange(of: "://") else { return uri }
    let rest = uri[scheme.upperBound...]
    let isEnd = { (byte: UInt8) in byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") }
    guard let end = rest.utf8.firstIndex(where: isEnd) else { return "/" }
    return rest.utf8[end] == UInt8(ascii: "/") ? rest[end...] : Substring("/" + rest[end...])
  }

  /// The method, GET for HEAD, which has the same reply without its body.
  var method: HTTPMethod { head.method == .HEAD ? .GET : head.method }

  /// `true` if the body is compressed.
  var isPacked: Bool { fields.contentEncoding != nil }

  /// The body's encoding if it is not supported; `nil` otherwise.
  var unknownCoding: String? {
    guard let coding = fields.contentEncoding else { return nil }
    return ["gzip", "deflate", "identity", ""].contains(coding) ? nil : String(coding.prefix(100))
  }

  /// `true` if the client asks to switch protocols, which the server does not support: data after this request may not
  /// be HTTP.
  var asksForAnotherProtocol: Bool { head.method == .CONNECT || fields.hasUpgrade }

  /// `true` if a head of HTTP/1.1 does not have exactly one Host, as RFC 9112, 3.2 requires.
  var lacksHost: Bool { head.version == .http1_1 && fields.hosts != 1 }

  /// `true` if the body has a Transfer-Encoding other than chunked.
  var isTransferredOddly: Bool { fields.transferEncoding.map { $0.lowercased() != "chunked" } ?? false }

  /// `true` if the client waits for "100 Continue" before it sends the body.
  var expectsToGoOn: Bool { head.version == .http1_1 && fields.expect?.lowercased() == "100-continue" }
}
