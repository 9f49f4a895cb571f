import ArgumentParser
import Serving

struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve a servable, or a folder of models (the default).",
    discussion: """
      With FILE it serves one servable; whenever the path leads to another file, that is the next version. With --models it \
      serves NAME/VERSION/servable.tandem, the highest version first; NAME/labels.json, as {"canary": 3, "default": 2}, names \
      versions. On SIGHUP it opens the log anew, reads certificate, key and token again, and looks for new versions. Page at /, TensorFlow Serving's API under /v1, KServe's under /v2, the server's own at /recommend and in \
      /openapi.json.
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

  @Option(help: ArgumentHelp("Length of lists where a request gives none.", valueName: "number"))
  var k = 10

  @Option(help: ArgumentHelp("Most bytes of a body, unpacked.", valueName: "bytes"))
  var maxBody = 1 << 20

  @Option(
    help: ArgumentHelp("Most queries of one request, and candidates in its history and exclude.", valueName: "number"))
  var maxBatch = 1_000

  @Option(help: ArgumentHelp("Longest list.", valueName: "number"))
  var maxK = 1_000

  @Option(help: ArgumentHelp("Most candidates in the exclusions of a request under /v1 and /v2.", valueName: "number"))
  var maxNames = 100_000

  @Option(help: ArgumentHelp("Most requests that are searched for, or wait for it, at once.", valueName: "number"))
  var maxRequests = 512

  @Option(help: ArgumentHelp("Most MiB that bodies and answers hold at once.", valueName: "MiB"))
  var maxMemory = 1_024

  @Option(
    help: ArgumentHelp(
      "Most connections; beyond them the longest idle one is closed for a new one.", valueName: "number"))
  var maxConnections = 4_096

  @Option(
    help: ArgumentHelp(
      "Seconds after which a connection is closed that sends nothing, or takes nothing of its answer.",
      valueName: "seconds"))
  var idleTimeout = 60.0

  @Option(help: ArgumentHelp("Seconds in which a request must be read and answered.", valueName: "seconds"))
  var requestTimeout = 30.0

  @Option(help: ArgumentHelp("Seconds between looks for new versions.", valueName: "seconds"))
  var poll = 1.0

  @Option(
    help: ArgumentHelp(
      "A file with the token that requests must bear; if not given, $\(Self.tokenVariable); with neither, anybody may ask.",
      valueName: "file"))
  var tokenFile: String?

  @Flag(help: "Show /metrics to those who have no token, too.")
  var metricsWithoutToken = false

  @Option(help: ArgumentHelp("The certificate chain, in PEM; with it the server speaks TLS.", valueName: "file"))
  var certificate: String?

  @Option(help: ArgumentHelp("The certificate's private key, in PEM.", valueName: "file"))
  var privateKey: String?

  @Flag(
    help: """
      Read servables into memory instead of mapping them: it takes longer and more memory, and a file that is overwritten or \
      cut short then harms nobody.
      """)
  var load = false

  @Flag(help: "Log every request.")
  var logRequests = false

  @Option(help: "The form of the log's lines: text or json.")
  var logFormat = LogFormat.text

  @Option(
    help: ArgumentHelp("The log's file, opened anew on SIGHUP; standard error if not given.", valueName: "file"))
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
