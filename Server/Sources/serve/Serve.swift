import ArgumentParser
import Foundation
import HummingbirdCore
import HummingbirdTLS
import Logging
import ModelVersions
import NIOCore
import NIOPosix
import NIOSSL
import Servable
import ServiceLifecycle
import Serving
import UnixSignals

@main
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Answer requests over HTTP from servables.", subcommands: [Run.self, Publish.self],
    defaultSubcommand: Run.self)
}

struct Failure: Error, CustomStringConvertible { let description: String }

struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve a servable, or a folder of models (the default).",
    discussion: """
      With FILE it serves one servable; whenever the path leads to another file, that is the next version. With --models it \
      serves NAME/VERSION/servable.tandem, the highest version first; NAME/labels.json, as {"canary": 3, "default": 2}, names \
      versions. Page at /, TensorFlow Serving's API under /v1, KServe's under /v2, the server's own at /recommend and in \
      /openapi.json.
      """)

  @Argument(help: "A servable, such as artifacts/serve-export/latest/servable.tandem.")
  var file: String?

  @Option(help: ArgumentHelp("The folder of models.", valueName: "folder"))
  var models: String?

  @Option(help: ArgumentHelp("What FILE's model is called.", valueName: "name"))
  var name = "retrieval"

  @Option(help: ArgumentHelp("Versions of a model that are held, besides those with labels.", valueName: "number"))
  var keep = 2

  @Option(help: ArgumentHelp("A version by name, as canary=3; repeat for several.", valueName: "label=version"))
  var label: [String] = []

  @Option(help: "The address to listen on.")
  var host = "127.0.0.1"

  @Option(help: "The port to listen on.")
  var port = 8501

  @Option(help: ArgumentHelp("Length of lists where a request gives none.", valueName: "number"))
  var k = 10

  @Option(help: ArgumentHelp("Most bytes of a body.", valueName: "bytes"))
  var maxBody = 1 << 20

  @Option(help: ArgumentHelp("Most queries of one request.", valueName: "number"))
  var maxBatch = 1_000

  @Option(help: ArgumentHelp("Longest list.", valueName: "number"))
  var maxK = 1_000

  @Option(help: ArgumentHelp("Most requests that are answered at once.", valueName: "number"))
  var maxRequests = 512

  @Option(help: ArgumentHelp("Most connections.", valueName: "number"))
  var maxConnections = 4_096

  @Option(
    help: ArgumentHelp("Seconds after which a connection that sends nothing is closed.", valueName: "seconds"))
  var idleTimeout = 60.0

  @Option(help: ArgumentHelp("Seconds in which a request must be read and answered.", valueName: "seconds"))
  var requestTimeout = 30.0

  @Option(help: ArgumentHelp("Seconds between looks for new versions.", valueName: "seconds"))
  var poll = 1.0

  @Option(
    help: ArgumentHelp(
      "A file with the token that requests must bear; else $\(Self.tokenVariable) has it, if anybody must.",
      valueName: "file"))
  var tokenFile: String?

  @Option(help: ArgumentHelp("The certificate chain, in PEM; with it the server speaks TLS.", valueName: "file"))
  var certificate: String?

  @Option(help: ArgumentHelp("The certificate's private key, in PEM.", valueName: "file"))
  var privateKey: String?

  @Flag(help: "Log every request.")
  var logRequests = false

  @Option(help: "How lines of the log are written: text or json.")
  var logFormat = LogFormat.text

  enum LogFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

  private static let tokenVariable = "TANDEM_TOKEN"

  func validate() throws {
    guard (file == nil) != (models == nil) else { throw ValidationError("give a servable or --models FOLDER") }
    guard (certificate == nil) == (privateKey == nil) else {
      throw ValidationError("--certificate and --private-key belong together")
    }
    for (name, value) in [
      ("keep", keep), ("k", k), ("max-body", maxBody), ("max-batch", maxBatch), ("max-k", maxK),
      ("max-requests", maxRequests), ("max-connections", maxConnections),
    ] where value < 1 {
      throw ValidationError("--\(name) is \(value); give at least 1")
    }
    guard 0...65_535 ~= port else { throw ValidationError("--port is \(port); give 0 to 65535") }
    guard idleTimeout >= 0.1, idleTimeout <= 86_400 else {
      throw ValidationError("--idle-timeout is \(idleTimeout); give 0.1 to 86400")
    }
    guard requestTimeout >= 0.01, requestTimeout <= 86_400 else {
      throw ValidationError("--request-timeout is \(requestTimeout); give 0.01 to 86400")
    }
    guard poll >= 0.01, poll.isFinite else { throw ValidationError("--poll is \(poll); give at least 0.01") }
    _ = try labels()
  }

  private func labels() throws -> [String: Int] {
    var labels: [String: Int] = [:]
    for text in label {
      let parts = text.split(separator: "=")
      guard parts.count == 2, let number = Int(parts[1]) else {
        throw ValidationError("--label is \"\(text)\"; give it as canary=3")
      }
      labels[String(parts[0])] = number
    }
    return labels
  }

  func run() async throws {
    do { try await serve() } catch {
      FileHandle.standardError.write(Data("serve: \(error)\n".utf8))
      throw ExitCode(1)
    }
  }

  private func serve() async throws {
    let format = logFormat
    LoggingSystem.bootstrap { label in
      switch format {
      case .text: StreamLogHandler.standardError(label: label)
      case .json: JSONLinesLog(label: label) { FileHandle.standardError.write(Data($0.utf8)) }
      }
    }
    let logger = Logger(label: "serve")
    let registry = ModelRegistry()
    let source: ModelSource = file.map { .file($0, name: name) } ?? .folder(models ?? "")
    let watcher = ModelWatcher(
      source, into: registry, keep: keep, labels: try labels(), interval: .seconds(poll), logger: logger)
    await watcher.look()
    if let file, !registry.isReady {
      throw Failure(description: "\(registry.model(name)?.refused.first?.reason ?? "\(file): no servable there")")
    }
    var limits = ServerLimits()
    (limits.body, limits.batch, limits.k, limits.requests) = (maxBody, maxBatch, maxK, maxRequests)
    limits.time = .seconds(requestTimeout)
    let responder = ServingResponder(
      registry, limits: limits, k: k, token: try token(), logger: logRequests ? logger : nil)
    let configuration = ServerConfiguration(
      address: .hostname(host, port: port), availableConnectionsDelegate: MaximumAvailableConnections(maxConnections))
    let server = try connection(responder).server(
      configuration: configuration,
      onServerRunning: { channel in
        logger.notice("listening", metadata: ["host": "\(host)", "port": "\(channel.localAddress?.port ?? port)"])
      }, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
    let services = ServiceGroup(
      configuration: .init(services: [watcher, server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    try await services.run()
  }

  private func token() throws -> String? {
    let variable = ProcessInfo.processInfo.environment[Self.tokenVariable]
    guard let text = try tokenFile.map({ try String(contentsOfFile: $0, encoding: .utf8) }) ?? variable else {
      return nil
    }
    let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !token.isEmpty else {
      throw Failure(description: "\(tokenFile ?? "$\(Self.tokenVariable)"): there is no token in it")
    }
    return token
  }

  private func connection(_ responder: ServingResponder) throws -> any ServerChildChannel {
    let plain = RequestConnection(responder, idleTimeout: TimeAmount(.seconds(idleTimeout)))
    guard let certificate, let privateKey else { return plain }
    let chain = try NIOSSLCertificate.fromPEMFile(certificate).map { NIOSSLCertificateSource.certificate($0) }
    let key = try NIOSSLPrivateKey(file: privateKey, format: .pem)
    return try TLSChannel(
      plain, tlsConfiguration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
  }
}

struct Publish: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put a servable into a folder of models as the next version of one.")

  @Argument(help: "The servable.")
  var file: String

  @Option(help: ArgumentHelp("The folder of models.", valueName: "folder"))
  var models: String

  @Option(help: "The model's name.")
  var name: String

  func run() throws {
    do {
      let number = try Publication.publish(file, models: models, name: try ModelName(name))
      print("\(models)/\(name)/\(number)")
    } catch {
      FileHandle.standardError.write(Data("serve: \(error)\n".utf8))
      throw ExitCode(1)
    }
  }
}
