import NIOCore
import NIOHTTP1

/// Writes the names of bodies' encodings as the decompressor knows them: they may be of either case, and gzip has two (RFC 9110,
/// 8.4.1).
final class BodyCoding: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart

  static let field = "Content-Encoding"

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(var head) = unwrapInboundIn(data), let coding = head.headers.first(name: Self.field) else {
      return context.fireChannelRead(data)
    }
    let name = coding.lowercased()
    head.headers.replaceOrAdd(name: Self.field, value: name == "x-gzip" ? "gzip" : name)
    context.fireChannelRead(wrapInboundOut(.head(head)))
  }
}
