import NIOCore
import NIOHTTP1
import NIOHTTPCompression

/// Adds a decompressor to a connection's pipeline at its first compressed body, and normalises the names of encodings,
/// which are case-insensitive and two for gzip (RFC 9110, 8.4.1).
final class BodyCoding: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart

  private static let field = "Content-Encoding"
  private let limit: Int
  private var isUnpacking = false

  /// - Parameter limit: the greatest size of a decompressed body, in bytes.
  init(limit: Int) { self.limit = limit }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(var head) = unwrapInboundIn(data), let coding = head.headers.first(name: Self.field) else {
      return context.fireChannelRead(data)
    }
    let name = coding.lowercased()
    head.headers.replaceOrAdd(name: Self.field, value: name == "x-gzip" ? "gzip" : name)
    if !isUnpacking {
      isUnpacking = true
      let decompressor = NIOHTTPRequestDecompressor(limit: .size(limit))
      // Adding to an open connection cannot fail.
      try? context.pipeline.syncOperations.addHandler(decompressor, position: .after(self))
    }
    context.fireChannelRead(wrapInboundOut(.head(head)))
  }
}
