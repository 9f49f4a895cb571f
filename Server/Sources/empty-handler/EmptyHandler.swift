import Hummingbird

/// The baseline of the server's benchmarks: the same web server that reads a body and has nothing to do
/// (Benchmarks/serving).
@main
struct EmptyHandler {
  static func main() async throws {
    let router = Router()
    router.post("/") { request, _ in
      _ = try await request.body.collect(upTo: 1 << 20)
      return "{}"
    }
    let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8599
    try await Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)))
      .runService()
  }
}
