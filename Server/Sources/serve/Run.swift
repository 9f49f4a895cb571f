import ArgumentParser
import Serving

struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve a servable, or a folder of models (the default).",
    discussion: """
      With FILE it serves one servable; whenever the path leads to another file, that is the next version. With \
      --models it serves NAME/VERSION/servable.tandem, the highest version by default; NAME/labels.json, as \
      {"canary": 3, "default": 2}, names versions. On SIGHUP it reopens the log, reads certificate, key and token again, \
      and looks for new versions. The web page is at /, TensorFlow Serving's API under /v1, KServe's under /v2; \
      /openapi.json describes the server's own API (/recommend and others).
      """)

  @Argument(help: "A servable, such as artifacts/serve-export/latest/servable.tandem.")
  var file: String?

  @Option(help: ArgumentHelp("The folder of models.", valueName: "folder"))
  var models: String?

  @Option(help: ArgumentHelp("The name of FILE's model.", valueName: "name"))
  var name = "retrieval"

  @Option(
    help: ArgumentHelp(
      "Newest versions of a model that are kept in service, besides those with labels.", valueName: "number"))
  var keep = 2

  @Option(
    help: ArgumentHelp(
      "A version by name, as canary=3, of every model; repeat for several. It wins over labels.json.",
      valueName: "label=version"))
  var label: [String] = []

  @Option(help: "The address to listen on.")
  var host = "127.0.0.1"

  @Option(help: "The port to listen on.")
  var port = 8501

  @Option(help: ArgumentHelp("Default length of lists.", valueName: "number"))
  var k = 10

  @Option(help: ArgumentHelp("Maximum size of a request body, decompressed.", valueName: "bytes"))
  var maxBody = 1 << 20

  @Option(
    help: ArgumentHelp(
      "Maximum number of queries in a request, and of candidates in its history and exclude.", valueName: "number"))
  var maxBatch = 1_000

  @Option(help: ArgumentHelp("Maximum length of a list.", valueName: "number"))
  var maxK = 1_000

  @Option(
    help: ArgumentHelp(
      "Maximum number of candidates in the exclusions of a request under /v1 and /v2.", valueName: "number"))
  var maxNames = 100_000

  @Option(
    help: ArgumentHelp(
      "Maximum number of requests that are searched or wait for a search at once.", valueName: "number"))
  var maxRequests = 512

  @Option(help: ArgumentHelp("Maximum memory for request bodies and replies, in MiB.", valueName: "MiB"))
  var maxMemory = 1_024

  @Option(
    help: ArgumentHelp(
      "Maximum number of connections; beyond it the longest idle one is closed for a new one.", valueName: "number"))
  var maxConnections = 4_096

  @Option(
    help: ArgumentHelp(
      "Seconds after which a connection is closed that sends nothing, or reads nothing of its reply.",
      valueName: "seconds"))
  var idleTimeout = 60.0

  @Option(help: ArgumentHelp("Seconds in which a request must be read and answered.", valueName: "seconds"))
  var requestTimeout = 30.0

  @Option(help: ArgumentHelp("Seconds between checks for new versions.", valueName: "seconds"))
  var poll = 1.0

  @Option(
    help: ArgumentHelp(
      "A file with the bearer token that requests need; else $\(Self.tokenVariable); with neither, anybody may ask.",
      valueName: "file"))
  var tokenFile: String?

  @Flag(help: "Show /metrics without a token, too.")
  var metricsWithoutToken = false

  @Option(help: ArgumentHelp("The certificate chain, in PEM; with it the server speaks TLS.", valueName: "file"))
  var certificate: String?

  @Option(help: ArgumentHelp("The certificate's private key, in PEM.", valueName: "file"))
  var privateKey: String?

  @Flag(
    help: """
      Read servables into memory instead of mapping them: this takes longer and more memory, but is safe against files \
      that are overwritten or cut short.
      """)
  var load = false

  @Flag(help: "Log every request.")
  var logRequests = false

  @Option(help: "The format of the log: text or json.")
  var logFormat = LogFormat.text

  @Option(
    help: ArgumentHelp("The log file, reopened on SIGHUP; standard error if not given.", valueName: "file"))
  var logFile: String?

  enum LogFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

  static let tokenVariable = "TANDEM_TOKEN"

  func validate() throws {
    guard (file == nil) != (models == nil) else {
      throw ValidationError("give a servable or --models FOLDER" + (file == nil ? "" : ", not both"))
    }
    guard (certificate == nil) == (privateKey == nil) else {
      throw ValidationError("--certificate and --private-key belong together")
    }
    for (name, value) in [
      ("keep", keep), ("k", k), ("max-body", maxBody), ("max-batch", maxBatch), ("max-k", maxK),
      ("max-names", maxNames), ("max-memory", maxMemory),
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
    guard poll >= 0.01, poll <= 86_400 else { throw ValidationError("--poll is \(poll); give 0.01 to 86400") }
    guard maxMemory <= 1 << 24 else { throw ValidationError("--max-memory is \(maxMemory); give 1 to 16777216") }
    guard k <= maxK else { throw ValidationError("--k is \(k), and --max-k \(maxK); give no longer lists") }
    _ = try labels()
  }

  func labels() throws -> [String: Int] {
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
    do { try await RunningServer(self).run() } catch {
      LogFile.complain("serve: \(error)")
      throw ExitCode(1)
    }
  }
}
