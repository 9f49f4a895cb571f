import Artifacts
import CanonicalJSON
import Glibc
import SystemFiles

/// One step: run a stage's program on resolved inputs, verify what it made, publish it.
struct StageRun {
  struct Input {
    let path: String
    let digest: Digest
    /// Of raw data, from before its digest was taken; nil for artifacts.
    var fingerprint: SourceFingerprint?
  }

  enum Failure: Error, CustomStringConvertible {
    case ended(stage: String, ending: String, said: String, log: String)
    case changedProgram(stage: String, program: String)
    case damagedInput(stage: String, input: String, reason: String)
    case missingOutput(stage: String, output: String)
    case wrongOutput(stage: String, output: String, reason: String)
    case undeclared(stage: String, name: String)

    var description: String {
      switch self {
      case .ended(let stage, let ending, let said, let log):
        "\(stage) failed (\(ending))\(said.isEmpty ? "" : ": \(said)"); its full output is in \(log)"
      case .changedProgram(let stage, let program):
        "\(stage): \(program) was changed while it ran, and what it made was not kept; run again"
      case .damagedInput(let stage, let input, let reason): "\(stage): its input \"\(input)\" is damaged: \(reason)"
      case .missingOutput(let stage, let output):
        "\(stage) exited with status 0 but did not write its output \"\(output)\""
      case .wrongOutput(let stage, let output, let reason):
        "\(stage) exited with status 0, but its output \"\(output)\" cannot be used: \(reason)"
      case .undeclared(let stage, let name): "\(stage) left \"\(name)\" among its outputs, which it does not declare"
      }
    }
  }

  struct Result {
    let version: PublishedVersion
    let outcome: ChildProcess.Outcome
    /// `true` if the store had the very same contents already.
    let isKept: Bool
  }

  let stage: CheckedStage
  let inputs: [String: Input]
  let store: Store
  /// The run's own folder.
  let logs: String
  let threads: Int?
  let signals: StopSignals
  /// Of the program, from when it was found.
  let program: SourceFingerprint?
  let say: (String) -> Void

  var logPath: String { "\(logs)/\(stage.name).1.log" }
  var key: CacheKey { CacheKey(stage, inputs: inputs.mapValues(\.digest)) }

  /// - Parameter outcome: told as soon as the program has ended, however it did.
  func run(outcome report: (ChildProcess.Outcome) -> Void) throws -> Result {
    let log = try RunLog(path: logPath)
    let staging = try store.makeStaging(stage: stage.name)
    defer { Files.remove(staging) }
    let arguments = try arguments(staging: staging)
    log.write(line: "\(stage.program.path) \(arguments.joined(separator: " "))")
    var lines = LineSplitter()
    var last = ""
    let child = ChildProcess(
      program: stage.program.path, arguments: arguments,
      environment: Self.environment(declared: stage.environment))
    let outcome: ChildProcess.Outcome
    do {
      outcome = try child.run(signals: signals) { _, bytes in
        log.write(bytes)
        lines.take(bytes) { line in
          last = line
          say("         \(line)")
        }
      }
    } catch {
      log.write(line: "\(error)")
      try log.close()
      throw error
    }
    lines.flush { line in
      last = line
      say("         \(line)")
    }
    report(outcome)
    try log.close()
    if let signal = outcome.stoppedBy { throw Stopped(signal: signal) }
    guard outcome.isSuccess else {
      throw Failure.ended(stage: stage.name, ending: outcome.ending, said: last, log: log.path)
    }
    try checkUnchanged()
    if let work { Files.remove(work) }
    let digests = try verify(staging)
    return try publish(staging, digests: digests, outcome: outcome)
  }

  /// What a stage made of raw data or by a program that was written to meanwhile is of neither state.
  private func checkUnchanged() throws {
    for input in inputs.values {
      if let before = input.fingerprint, try SourceFingerprint(input.path) != before,
        try SourceDigest.of(input.path, interrupted: signals.check) != input.digest
      {
        throw SourceFingerprint.Changed(path: input.path)
      }
    }
    if let program, try SourceFingerprint(stage.program.path) != program {
      throw Failure.changedProgram(stage: stage.name, program: stage.program.path)
    }
  }

  /// Where a stage keeps what should survive a kill, if it keeps anything: of its own for every key.
  private var work: String? {
    stage.description.keepsWork ? store.workFolder(stage: stage.name, key: key.version) : nil
  }

  /// What stages see of the environment: nothing by which two machines would come to different results.
  static func environment(declared: [String: String?]) -> [String: String] {
    var environment = ["LANG": "C.UTF-8"]
    for name in ["PATH", "HOME", "TMPDIR"] { environment[name] = getenv(name).map { String(cString: $0) } }
    for (name, value) in declared { environment[name] = value }
    return environment
  }

  private static let longestArgument = 100_000

  private func arguments(staging: String) throws -> [String] {
    var arguments = inputs.keys.sorted().flatMap { ["--input", "\($0)=\(inputs[$0]?.path ?? "")"] }
    for output in stage.outputs {
      arguments += ["--output", "\(output.name)=\(staging)/\(output.name).tandem"]
    }
    var inFile: [String: JSON] = [:]
    for (name, value) in stage.givenParams.sorted(by: { $0.key < $1.key }) where value != .null {
      let text = value.string ?? value.text
      if value.array != nil || text.utf8.count > Self.longestArgument {
        inFile[name] = value
      } else {
        arguments.append("--\(name)=\(text)")
      }
    }
    if !inFile.isEmpty {
      let path = "\(logs)/\(stage.name).params.json"
      try Files.publish(
        Array((JSON.object(inFile).prettyText + "\n").utf8), to: path, replacing: false, isDurable: false)
      arguments += ["--params-file", path]
    }
    if let threads { arguments += ["--threads", "\(threads)"] }
    if let work { arguments += ["--work", rooted(work)] }
    for (name, value) in stage.options.sorted(by: { $0.key < $1.key }) {
      switch value {
      case .bool(let isOn): if isOn { arguments.append("--\(name)") }
      default: arguments.append("--\(name)=\(value.string ?? value.text)")
      }
    }
    return arguments
  }

  /// Exit code 0 is a claim; the outputs are the proof.
  private func verify(_ staging: String) throws -> [String: Digest] {
    var digests: [String: Digest] = [:]
    for port in stage.outputs {
      let path = "\(staging)/\(port.name).tandem"
      guard Files.exists(path) else { throw Failure.missingOutput(stage: stage.name, output: port.name) }
      do {
        let file = try ArtifactFile(path: path, type: ArtifactType(port.type, version: port.version))
        try file.verify(interrupted: signals.check)
        digests[port.name] = file.digest
      } catch let error as FileError {
        throw Failure.wrongOutput(stage: stage.name, output: port.name, reason: "\(error.cause)")
      }
    }
    let trees = stage.outputs.filter { $0.type == ArtifactTree.type.name }.map(\.name)
    for name in try Files.list(staging)
    where digests["\(name.dropLast(".tandem".count))"] == nil && !trees.contains(name) {
      throw Failure.undeclared(stage: stage.name, name: name)
    }
    return digests
  }

  private func publish(
    _ staging: String, digests: [String: Digest], outcome: ChildProcess.Outcome
  ) throws -> Result {
    if let same = try soundVersion(of: digests) { return Result(version: same, outcome: outcome, isKept: true) }
    let manifest = PublishedVersion.manifest(key: key, outputs: digests)
    // Publishing synchronises whatever stands in the folder.
    try Files.publish(
      manifest, to: "\(staging)/\(PublishedVersion.manifestName)", replacing: false, isDurable: false)
    for _ in 0..<16 {
      let name = PublishedVersion.freeName(key, of: stage.name, in: store)
      do {
        try store.publish(staging: staging, stage: stage.name, version: name)
        let version = try PublishedVersion(stage: stage.name, name: name, in: store)
        return Result(version: version, outcome: outcome, isKept: false)
      } catch let error as FileError where error.cause as? SystemError == .alreadyExists {
        // Another run was faster.
        if let same = try soundVersion(of: digests) { return Result(version: same, outcome: outcome, isKept: true) }
      }
    }
    throw FileError(store.folder(stage: stage.name, version: key.version), SystemError.alreadyExists)
  }

  /// The version that has these contents already, every byte of them; one that only claims so makes room.
  private func soundVersion(of digests: [String: Digest]) throws -> PublishedVersion? {
    guard let version = PublishedVersion.find(key, of: stage.name, in: store).version,
      version.outputs.mapValues(\.digest) == digests
    else { return nil }
    for output in version.outputs.values.sorted(by: { $0.path < $1.path }) {
      do { try ArtifactFile(path: output.path).verify(interrupted: signals.check) } catch let error as FileError {
        say("         \(error); it is replaced")
        try store.remove(version.name, of: stage.name)
        return nil
      }
    }
    return version
  }
}
