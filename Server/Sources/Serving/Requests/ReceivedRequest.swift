import NIOHTTP1

/// A request as it comes in.
struct ReceivedRequest: Sendable {
  let head: HTTPRequestHead
  let fields: HeadFields
  /// Before the question mark.
  let path: Substring
  /// Behind the question mark; nil where there is none.
  let query: Substring?
  let start: ContinuousClock.Instant
  let deadline: Deadline
  var body: [UInt8] = []
  /// The memory that a long body is counted with.
  var lease: MemoryBudget.Lease?

  /// The field of KServe's binary extension with the length of a body's JSON.
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

  /// Without the scheme and host that a proxy's request has.
  private static func target(_ text: String) -> Substring {
    let uri = text[...]
    guard !uri.utf8.starts(with: "/".utf8), let scheme = uri.firstRange(of: "://") else { return uri }
    let rest = uri[scheme.upperBound...]
    let isEnd = { (byte: UInt8) in byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") }
    guard let end = rest.utf8.firstIndex(where: isEnd) else { return "/" }
    return rest.utf8[end] == UInt8(ascii: "/") ? rest[end...] : Substring("/" + rest[end...])
  }

  /// A page that is asked for by HEAD is the one that GET gives.
  var method: HTTPMethod { head.method == .HEAD ? .GET : head.method }

  /// `true` if the body is to be unpacked.
  var isPacked: Bool { fields.contentEncoding != nil }

  /// The body's encoding, where the server does not know it; else nil.
  var unknownCoding: String? {
    guard let coding = fields.contentEncoding else { return nil }
    return ["gzip", "deflate", "identity", ""].contains(coding) ? nil : String(coding.prefix(100))
  }

  /// `true` if the client would speak another protocol behind this request, which the server does not: what follows cannot be
  /// told from it.
  var asksForAnotherProtocol: Bool { head.method == .CONNECT || fields.hasUpgrade }

  /// `true` if the head is none of HTTP's: of version 1.1 it names one host (RFC 9112, 3.2).
  var lacksHost: Bool { head.version == .http1_1 && fields.hosts != 1 }

  /// `true` if the body is transferred in another way than in chunks.
  var isTransferredOddly: Bool { fields.transferEncoding.map { $0.lowercased() != "chunked" } ?? false }

  /// `true` if the client waits to be told to go on before it sends the body.
  var expectsToGoOn: Bool { head.version == .http1_1 && fields.expect?.lowercased() == "100-continue" }
}
