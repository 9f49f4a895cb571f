import NIOHTTP1

/// The header fields that the server reads, found in one pass; of repeated fields the first.
struct HeadFields: Sendable {
  private(set) var hosts = 0
  private(set) var authorization: String?
  private(set) var contentLength: Int?
  private(set) var contentEncoding: String?
  private(set) var transferEncoding: String?
  private(set) var expect: String?
  private(set) var origin: String?
  private(set) var requestID: String?
  /// The length of a body's JSON, of KServe's binary extension; -1 if it is not a number.
  private(set) var jsonLength: Int?
  private(set) var hasUpgrade = false

  init(_ headers: HTTPHeaders) {
    for (name, value) in headers {
      // Lengths first: comparing names whatever their case costs more.
      switch name.utf8.count {
      case 4 where name[...].isSame(as: "host"): hosts += 1
      case 6 where name[...].isSame(as: "expect"): expect = expect ?? value
      case 6 where name[...].isSame(as: "origin"): origin = origin ?? value
      case 7 where name[...].isSame(as: "upgrade"): hasUpgrade = true
      case 12 where name[...].isSame(as: "x-request-id"): requestID = requestID ?? value
      case 13 where name[...].isSame(as: "authorization"): authorization = authorization ?? value
      case 14 where name[...].isSame(as: "content-length"): contentLength = contentLength ?? Int(value)
      case 16 where name[...].isSame(as: "content-encoding"): contentEncoding = contentEncoding ?? value
      case 17 where name[...].isSame(as: "transfer-encoding"): transferEncoding = transferEncoding ?? value
      case 31 where name[...].isSame(as: "inference-header-content-length"):
        jsonLength = jsonLength ?? (Int(value) ?? -1)
      default: break
      }
    }
  }
}
