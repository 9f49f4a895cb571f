import Foundation
import HummingbirdCore
import Logging
import ModelVersions
import NIOCore
import NIOPosix
import ServiceLifecycle
import Serving
import UnixSignals

/// The server that the options describe.
struct RunningServer {
  private let options: Run
  private let log: LogFile
  private let logger: Logger
  private let metrics: Metrics
  private let isListening = ListeningFlag()

  init(_ options: Run) throws {
    self.options = options
    // Ignored until it is handled: opening models may take a while.
    signal(SIGHUP, SIG_IGN)
    let log = try LogFile(path: options.logFile)
    let format = options.logFormat
    LoggingSystem.bootstrap { label in
      switch format {
      case .text: LinesLog(label: label, format: TextLines()) { log.write($0) }
      case .json: LinesLog(label: label, format: JSONLines()) { log.write($0) }
      }
    }
    self.log = log
    logger = Logger(label: "serve")
    metrics = Metrics(linesLost: { log.linesLost })
  }

  func run() async throws {
    defer { log.finish(within: .seconds(2)) }
    let token = options.tokenFile.map { TokenFile(path: $0) }
    let fitting = DescriptorLimit.raise()
    guard fitting > 0 else { throw ServeError.fewDescriptors }
    let access = AccessToken(try token?.read() ?? tokenOfEnvironment())
    let certificate = try certificate()
    let registry = ModelRegistry()
    let watcher = try await watcher(of: registry)
    let limit = connectionLimit(fitting)
    let table = ConnectionTable(metrics, limit: limit)
    let server = server(
      connection(responder(registry, access), table, certificate), ConnectionLimit(limit, table), table)
    let reloader = Reloader(
      log: log, access: access, token: token, certificate: certificate, watcher: watcher,
      interval: .seconds(options.poll), isListening: isListening, logger: logger)
    let services = ServiceGroup(
      configuration: .init(
        services: [watcher, reloader, server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    do { try await services.run() } catch let error as IOError {
      throw ServeError.noListening(
        host: options.host, port: options.port, reason: String(cString: strerror(error.errnoCode)).lowercased())
    } catch let error as ServiceGroupError { throw ServeError.ended(reason: "\(error)") }
    logger.notice("the server has ended")
  }

  private func tokenOfEnvironment() throws -> String? {
    try ProcessInfo.processInfo.environment[Run.tokenVariable].map {
      try TokenFile.trimmed($0, from: "$\(Run.tokenVariable)")
    }
  }

  private func certificate() throws -> ServerCertificate? {
    guard let certificate = options.certificate, let privateKey = options.privateKey else { return nil }
    return try ServerCertificate(path: certificate, privateKey: privateKey)
  }

  private func watcher(of registry: ModelRegistry) async throws -> ModelWatcher {
    let source: ModelSource = options.file.map { .file($0, name: options.name) } ?? .folder(options.models ?? "")
    if let folder = options.models, try !DiskFiles().isFolder(folder) { throw ServeError.noFolder(folder) }
    let watcher = ModelWatcher(
      source, into: registry, keep: options.keep, labels: try options.labels(), interval: .seconds(options.poll),
      loaded: options.load, logger: logger)
    await watcher.look()
    if let file = options.file, !registry.isReady {
      let model = registry.model(options.name)
      let refusal = model?.refused.first?.reason
      throw ServeError.notServed(file: file, reason: refusal ?? model?.reason(against: ServedModel.defaultLabel))
    }
    return watcher
  }

  private func responder(_ registry: ModelRegistry, _ access: AccessToken) -> ServingResponder {
    var limits = ServerLimits()
    (limits.body, limits.memory, limits.requests) = (options.maxBody, options.maxMemory << 20, options.maxRequests)
    (limits.batch, limits.k, limits.names) = (options.maxBatch, options.maxK, options.maxNames)
    limits.time = .seconds(options.requestTimeout)
    return ServingResponder(
      registry, queue: SearchQueue(threads: max(System.coreCount, 2)), metrics: metrics, limits: limits, k: options.k,
      access: access, metricsAreOpen: options.metricsWithoutToken, logger: options.logRequests ? logger : nil)
  }

  private func connection(
    _ responder: ServingResponder, _ table: ConnectionTable, _ certificate: ServerCertificate?
  ) -> any ServerChildChannel {
    let plain = RequestConnection(
      responder, table: table, idleTimeout: TimeAmount(.seconds(options.idleTimeout)))
    return certificate.map { SecureConnection(plain, $0) } ?? plain
  }

  /// - Parameter fitting: the number of connections that the system allows.
  private func connectionLimit(_ fitting: Int) -> Int {
    if fitting < options.maxConnections {
      logger.warning(
        "fewer connections than --max-connections fit under the limit of open files",
        metadata: ["connections": "\(fitting)", "max-connections": "\(options.maxConnections)"])
    }
    return min(options.maxConnections, fitting)
  }

  private func server(
    _ connection: some ServerChildChannel, _ limit: ConnectionLimit, _ table: ConnectionTable
  ) -> any Service {
    let configuration = ServerConfiguration(
      address: .hostname(options.host, port: options.port), availableConnectionsDelegate: limit)
    return connection.server(
      configuration: configuration,
      onServerRunning: { [options, metrics, isListening, logger] channel in
        isListening.set()
        let handler = AcceptGuard(table, metrics, logger)
        try? await channel.pipeline.addHandler(handler, position: .first)
        let port = channel.localAddress?.port ?? options.port
        logger.notice("listening", metadata: ["host": "\(options.host)", "port": "\(port)"])
      }, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
  }
}
