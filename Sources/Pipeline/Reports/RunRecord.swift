package import Artifacts
package import CanonicalJSON
import Glibc
import SystemFiles

/// The record of a run: one JSON file in the store's `runs` folder, replaced whole after every stage.
package struct RunRecord: Sendable {
  package struct Entry: Sendable {
    package var stage: String
    package var decision: String
    package var reasons: String
    /// "made", "kept" (made again with the same contents), "hit", "reused", "missing", "failed", or "running" until one
    /// of these is known.
    package var result: String
    package var version: String?
    package var key: String?
    package var outputs: [String: PublishedVersion.Output] = [:]
    package var outcome: ProcessOutcome?
    package var program: Program?
    package var params: [String: JSON] = [:]
    package var inputs: [String: Digest] = [:]
    package var attempts = 1
    /// The log of the last attempt.
    package var log: String?
    package var failure: String?

    /// - Parameters:
    ///   - decision, reasons: about the stage, when it was planned.
    ///   - inputs: the digest of each; nil while what makes it is not done.
    init(
      _ stage: CheckedStage, decision: String, reasons: String, inputs: [String: Digest?] = [:], result: String
    ) {
      self.init(stage: stage.name, decision: decision, reasons: reasons, result: result)
      program = stage.program
      params = stage.params
      self.inputs = inputs.compactMapValues { $0 }
    }

    init(stage: String, decision: String, reasons: String, result: String) {
      self.stage = stage
      self.decision = decision
      self.reasons = reasons
      self.result = result
    }

    mutating func take(_ attempt: StageRun.Attempt) {
      log = attempt.log
      attempts = attempt.number
      outcome = attempt.outcome
    }

    mutating func take(_ version: PublishedVersion) {
      self.version = version.name
      key = version.key.digest.hexadecimal
      outputs = version.outputs
    }
  }

  struct Span: Sendable {
    var started: String
    var finished: String
    var seconds: Double
  }

  package let identifier: String
  package let folder: String
  package var pipeline: String
  package var file: String
  package var fileDigest: Digest
  package var revision: String?
  package var sources: [String: Digest] = [:]
  package var entries: [Entry] = []
  package var state = "running"
  /// What starts the stages, if it is not this process.
  package var executor: String?
  /// The times of a run that other processes make.
  var span: Span?
  private let started = Host.timestamp
  private let start = ContinuousClock.now

  /// Makes the folder of a new run.
  package init(store: Store, pipeline: String, file: String, fileDigest: Digest, revision: String?) throws {
    let time = Host.timestamp.filter { $0 != "-" && $0 != ":" }
    let runs = "\(store.root)/\(Store.runsFolder)"
    try Files.makeFolders(runs)
    var number = 1
    // Two runs in one second get different numbers.
    while try !Host.makeNewFolder("\(runs)/\(time)-\(number)") { number += 1 }
    identifier = "\(time)-\(number)"
    folder = "\(runs)/\(identifier)"
    self.pipeline = pipeline
    self.file = file
    self.fileDigest = fileDigest
    self.revision = revision
  }

  /// Makes the folder of a new run of a pipeline.
  ///
  /// - Parameter file: the pipeline file, as it was named.
  package init(of loaded: PipelineLoader.Loaded, file: String) throws {
    try self.init(
      store: loaded.store, pipeline: loaded.pipeline.name, file: file, fileDigest: loaded.fileDigest,
      revision: GitRevision.of(loaded.pipeline.folder))
  }

  /// The record of a run whose folder exists.
  init(
    identifier: String, folder: String, pipeline: String, file: String, fileDigest: Digest, revision: String?
  ) {
    self.identifier = identifier
    self.folder = folder
    self.pipeline = pipeline
    self.file = file
    self.fileDigest = fileDigest
    self.revision = revision
  }

  package var seconds: Double { span?.seconds ?? (ContinuousClock.now - start) / .seconds(1) }

  package func publish() throws {
    let isOver = state != "running"
    let isNew = entries.contains { !["hit", "reused"].contains($0.result) }
    let process = ProcessIdentity.current
    var json: [String: JSON] = [
      "run": JSON(identifier), "pipeline": JSON(pipeline), "file": JSON(file),
      "file_digest": JSON(fileDigest.hexadecimal), "revision": JSON(optional: revision),
      "state": JSON(state), "host": JSON(process.host), "process": JSON(Int(process.number)),
      "process_start": JSON(Int(process.start)), "started": JSON(span?.started ?? started),
      "finished": isOver ? JSON(span?.finished ?? Host.timestamp) : .null, "seconds": .number(rounded(seconds)),
      "sources": .object(sources.mapValues { JSON($0.hexadecimal) }), "stages": .array(entries.map { Self.json($0) }),
    ]
    json["executor"] = executor.map { JSON($0) }
    try Files.publish(
      JSON.object(json).document, to: "\(folder)/run.json", replacing: true, mode: 0o644,
      isDurable: isOver && isNew)
  }

  static func json(_ entry: Entry) -> JSON {
    var fields: [String: JSON] = [
      "stage": JSON(entry.stage), "decision": JSON(entry.decision), "reasons": JSON(entry.reasons),
      "result": JSON(entry.result), "version": JSON(optional: entry.version),
      "key": JSON(optional: entry.key), "params": .object(entry.params),
      "inputs": .object(entry.inputs.mapValues { JSON($0.hexadecimal) }),
      "outputs": .object(
        entry.outputs.mapValues { ["path": JSON($0.path), "digest": JSON($0.digest.hexadecimal)] }),
    ]
    let highlights = entry.outputs.filter { !$0.value.highlights.isEmpty }
    if !highlights.isEmpty { fields["highlights"] = .object(highlights.mapValues { Summary($0.highlights).json }) }
    if let program = entry.program {
      fields["program"] = ["path": JSON(program.path), "identity": JSON(program.identity)]
    }
    if let outcome = entry.outcome {
      fields["seconds"] = .number(rounded(outcome.seconds))
      fields["processor_seconds"] = outcome.processorSeconds.map { JSON.number(rounded($0)) }
      fields["peak_bytes"] = outcome.peakBytes.map { JSON($0) }
      fields["exit_code"] = outcome.ending.exitCode.map { JSON(Int($0)) } ?? .null
      fields["signal"] = outcome.ending.signal.map { JSON(Int($0)) } ?? .null
    }
    if entry.attempts > 1 { fields["attempts"] = JSON(entry.attempts) }
    fields["log"] = entry.log.map { JSON($0) }
    fields["failure"] = entry.failure.map { JSON($0) }
    return .object(fields)
  }
}

/// Seconds to the millisecond.
func rounded(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }
