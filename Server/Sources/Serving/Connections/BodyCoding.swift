import NIOCore
import NIOHTTP1
import NIOHTTPCompression

/// Puts what unpacks bodies into the way of a connection's requests once one of them has a packed body, and writes the names of
/// encodings as it knows them: they may be of either case, and gzip has two (RFC 9110, 8.4.1).
final class BodyCoding: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart

  private static let field = "Content-Encoding"
  private let limit: Int
  private var isUnpacking = false

  /// - Parameter limit: bytes of a body, unpacked.
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
