import Artifacts
import Glibc

/// Makes sure that raw data is there and is what it should be.
struct SourceFetch {
  enum Failure: Error, CustomStringConvertible {
    case missing(source: String, path: String)
    case noScript(source: String, script: String)
    case failed(source: String, script: String, ending: String, log: String)
    case stillMissing(source: String, script: String, path: String)
    case otherData(source: String, path: String, found: Digest)

    var description: String {
      switch self {
      case .missing(let source, let path):
        "source \(source): \(path) does not exist, and the pipeline names no \"fetch\" for it; put the data there"
      case .noScript(let source, let script): "source \(source): its \"fetch\", \(script), is no executable file"
      case .failed(let source, let script, let ending, let log):
        "source \(source): \(script) failed (\(ending)); all it said is in \(log)"
      case .stillMissing(let source, let script, let path):
        "source \(source): \(script) ended well, but \(path) is not there"
      case .otherData(let source, let path, let found):
        "source \(source): \(path) has digest \(found.hexadecimal), which the pipeline does not expect; "
          + "move it away to fetch it again, or change \"digest\""
      }
    }
  }

  let source: SourceDefinition
  let pipeline: CheckedPipeline

  private var name: String { source.name.value }
  private var path: String { pipeline.path(of: source) }

  /// The digest of data that is there; nil where it would have to be fetched.
  func present() throws -> Digest? {
    guard Files.exists(path) else {
      guard source.fetch != nil else { throw Failure.missing(source: name, path: path) }
      return nil
    }
    let digest = try SourceDigest.of(path)
    guard source.digests.isEmpty || source.digests.contains(digest) else {
      throw Failure.otherData(source: name, path: path, found: digest)
    }
    return digest
  }

  /// - Parameter logs: the folder of the run.
  func resolve(logs: String, signals: StopSignals, say: (String) -> Void) throws -> Digest {
    if let digest = try present() { return digest }
    let script = absolute(source.fetch ?? "", in: pipeline.folder)
    guard access(script, X_OK) == 0, !Files.isFolder(script) else {
      throw Failure.noScript(source: name, script: script)
    }
    say("source \(name): \(path) is missing, fetching it with \(script)")
    let log = try RunLog(path: "\(logs)/sources.\(name).1.log")
    var lines = LineSplitter()
    // A download may need proxies and the like; its result is known by its contents, whatever the environment.
    let outcome = try ChildProcess(
      program: script, arguments: [rooted(path)], environment: inheritedEnvironment(), folder: pipeline.folder
    ).run(signals: signals) { _, bytes in
      log.write(bytes)
      lines.take(bytes) { say("    \($0)") }
    }
    lines.flush { say("    \($0)") }
    try log.close()
    if let signal = outcome.stoppedBy { throw Stopped(signal: signal) }
    guard outcome.isSuccess else {
      throw Failure.failed(source: name, script: script, ending: outcome.ending, log: log.path)
    }
    guard let digest = try present() else {
      throw Failure.stillMissing(source: name, script: script, path: path)
    }
    return digest
  }
}
