import Hummingbird

/// What the server is measured beside: the same web server with nothing to do (Benchmarks/serving).
@main
struct EmptyHandler {
  static func main() async throws {
    let router = Router()
    router.post("/") { _, _ in "{}" }
    let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8599
    try await Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)))
      .runService()
  }
}
