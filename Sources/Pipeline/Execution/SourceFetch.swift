import Artifacts
import CanonicalJSON
import Glibc
import SystemFiles

/// Finds the raw data of a source, fetches it if need be, and checks its digest.
struct SourceFetch {
  let source: SourceDefinition
  let pipeline: CheckedPipeline
  let store: Store
  /// `true` if the data is fetched even if it exists.
  let isForced: Bool
  let digests: KnownDigests

  private var name: String { source.name.value }
  /// The path of the data without slashes at its end, so that it lies in the folder of all but its last part.
  private var path: String {
    var path = pipeline.path(of: source)
    while path.hasSuffix("/"), path.count > 1 { path.removeLast() }
    return path
  }

  /// Raw data that exists.
  struct Found {
    let digest: Digest
    let fingerprint: SourceFingerprint
  }

  /// The data as it is; nil if it would have to be fetched.
  func present(interrupted: () throws -> Void) throws -> Found? {
    guard Files.exists(path) else {
      guard source.isFetched else { throw PipelineError.sourceMissing(source: name, path: path) }
      return nil
    }
    return isDue ? nil : try look(at: path, interrupted: interrupted)
  }

  private var recordPath: String { "\(store.root)/\(Store.sourcesFolder)/\(name).json" }

  /// `true` if data that is there is to be fetched again. The age decides that alone, and is in no key.
  private var isDue: Bool {
    guard source.isFetched else { return false }
    if isForced { return true }
    switch source.refresh {
    case .missing: return false
    case .always: return true
    case .seconds(let limit):
      guard let record = try? JSON.parse(Files.read(recordPath, limit: 1 << 16)),
        record["path"]?.string == Files.absolutePath(path),
        let fetched = record["fetched"]?.integer
      else { return true }
      return Host.now - Int(fetched) > limit
    }
  }

  private func recordFetch(_ digest: Digest) throws {
    try Files.makeFolders(Files.folder(of: recordPath))
    let record: JSON = [
      "path": JSON(Files.absolutePath(path)), "fetched": JSON(Host.now), "digest": JSON(digest.hexadecimal),
    ]
    try Files.publish(record.document, to: recordPath, replacing: true, isDurable: false)
  }

  private func digest(
    of path: String, interrupted: () throws -> Void
  ) throws -> (digest: Digest, fingerprint: SourceFingerprint) {
    guard source.isArtifact else { return try digests.digest(of: path, interrupted: interrupted) }
    let fingerprint = try SourceFingerprint(path)
    return (try ArtifactFile(path: path).digest, fingerprint)
  }

  private func look(at path: String, interrupted: () throws -> Void) throws -> Found {
    let (digest, fingerprint) = try digest(of: path, interrupted: interrupted)
    guard source.digests.isEmpty || source.digests.contains(digest) else {
      throw PipelineError.otherData(source: name, path: path, found: digest)
    }
    return Found(digest: digest, fingerprint: fingerprint)
  }

  private func script() throws -> String {
    let script = Files.path(source.fetch ?? "", in: pipeline.folder)
    guard Host.isExecutable(script) else { throw PipelineError.fetchNotExecutable(source: name, script: script) }
    return script
  }

  /// The program of the command: a path from the pipeline's folder, or a name on the PATH.
  private func commandProgram() throws -> String {
    let program = source.command[0]
    guard let found = ProcessEnvironment.find(program, from: pipeline.folder) else {
      throw PipelineError.noCommand(source: name, program: program)
    }
    return found
  }

  private func run(_ script: String, into draft: String, _ log: RunLog, _ signals: StopSignals) throws {
    // A download may need proxies and the like; its result is known by its contents, whatever the environment.
    let outcome = try ChildProcess(
      program: script, arguments: [Files.absolutePath(draft)], environment: ProcessEnvironment.inherited,
      folder: pipeline.folder
    ).run(signals: signals) { _, bytes in log.take(bytes) }
    try log.close()
    try outcome.checkStopped()
    guard outcome.isSuccess else {
      throw PipelineError.fetchFailed(source: name, script: script, ending: outcome.ending, log: log.path)
    }
    guard Files.exists(draft) else { throw PipelineError.fetchedNothing(source: name, script: script, path: draft) }
  }

  /// Runs the command, whose standard output goes into the draft, and what it says on standard error into the log.
  private func runCommand(_ program: String, into draft: String, _ log: RunLog, _ signals: StopSignals) throws {
    let file = try naming(draft) { try FileDescriptor.open(draft, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644) }
    var secrets = SecretWords(ProcessEnvironment.inherited)
    var written = 0
    var failure: (any Error)?
    // Secrets come by the environment, as in PGPASSWORD.
    let outcome = try ChildProcess(
      program: program, arguments: Array(source.command.dropFirst()), environment: ProcessEnvironment.inherited,
      folder: pipeline.folder
    ).run(signals: signals) { stream, bytes in
      switch stream {
      case .output:
        guard failure == nil else { return }
        written += bytes.count
        do { try file.write(bytes, at: nil) } catch { failure = error }
      case .error: log.take(secrets.hiding(bytes))
      }
    }
    log.take(secrets.rest())
    try log.close()
    try outcome.checkStopped()
    try naming(draft) {
      if let failure { throw failure }
      try file.close()
    }
    guard outcome.isSuccess else {
      throw PipelineError.commandFailed(
        source: name, program: program, ending: outcome.ending, said: log.lastLines.last ?? "", log: log.path)
    }
    guard written > 0 else { throw PipelineError.commandSaidNothing(source: name, program: program, log: log.path) }
  }

  /// - Parameter logs: the folder of the run.
  func resolve(logs: String, signals: StopSignals, say: @escaping (String) -> Void) throws -> Found {
    if let found = try present(interrupted: signals.check) { return found }
    let maker = source.command.isEmpty ? try script() : try commandProgram()
    let before = fingerprint
    let lock = "\(Files.folder(of: path))/.fetching-\(Files.name(of: path)).lock"
    let claim = try Claim(
      lock, "source \(name) is being fetched", run: Files.name(of: logs), signals: signals, say: say)
    defer { claim.release() }
    if let now = fingerprint, now != before {
      // Data that another run has fetched meanwhile are as new as those that this one would fetch.
      say("source \(name): fetched by another run meanwhile")
      let found = try look(at: path, interrupted: signals.check)
      try recordFetch(found.digest)
      return found
    }
    return try fetch(with: maker, logs: logs, signals: signals, say: say)
  }

  private var fingerprint: SourceFingerprint? { Files.exists(path) ? try? SourceFingerprint(path) : nil }

  private func fetch(
    with maker: String, logs: String, signals: StopSignals, say: @escaping (String) -> Void
  ) throws -> Found {
    let isThere = Files.exists(path)
    // The arguments of a command are the user's own, and may hold what is nobody's business.
    say("source \(name): \(path) is \(isThere ? "to be fetched again" : "missing"), fetching it with \(maker)")
    // Half a download never has the name of the data.
    try Files.makeFolders(Files.folder(of: path))
    let draft = "\(Files.folder(of: path))/.fetching-\(getpid())-\(Files.name(of: path))"
    Files.remove(draft)
    defer { Files.remove(draft) }
    let log = try RunLog(path: "\(logs)/sources.\(name).1.log") { say("    \($0)") }
    if source.command.isEmpty {
      try run(maker, into: draft, log, signals)
    } else {
      try runCommand(maker, into: draft, log, signals)
    }
    let digest = try look(at: draft, interrupted: signals.check).digest
    let old = "\(Files.folder(of: path))/.replaced-\(getpid())-\(Files.name(of: path))"
    defer { Files.remove(old) }
    try naming(path) {
      if isThere { try Files.renameWithoutReplacing(path, old) }
      do { try Files.renameWithoutReplacing(draft, path) } catch {
        if isThere { try? Files.renameWithoutReplacing(old, path) }
        throw error
      }
    }
    try recordFetch(digest)
    return try look(at: path, interrupted: signals.check)
  }
}
