import Artifacts
import SystemFiles

/// Executes a plan stage by stage, or prints it (dry run).
package final class PipelineRun {
  package struct Options: Sendable {
    package var planner = Planner.Options()
    package var threads: Int?
    /// `true` if raw data is fetched again, whatever there is.
    package var refetches = false

    package init() {}
  }

  package enum Failure: Error, CustomStringConvertible {
    case noUpstream(stage: String, upstream: String)
    case storeInSource(source: String, path: String)

    package var description: String {
      switch self {
      case .noUpstream(let stage, let upstream):
        "\(stage) needs \(upstream), which was never made; run it without --only, or with --from \(upstream)"
      case .storeInSource(let source, let path):
        "the artifacts would lie in the source \(source), \(path), and change it in every run; keep them elsewhere, with "
          + "--artifacts or artifacts: in the pipeline"
      }
    }
  }

  package struct Step: Sendable {
    package let stage: String
    package let decision: Decision
  }

  package let pipeline: CheckedPipeline
  package let store: Store
  private let options: Options
  private let planner: Planner
  private let signals: StopSignals
  private let say: (String) -> Void
  /// Of raw data, from before their digests were taken.
  private var fingerprints: [String: SourceFingerprint] = [:]
  /// Of programs, by their paths.
  private let programs: [String: SourceFingerprint]
  /// Artifacts that were read from end to end in this run.
  private var verified: Set<String> = []

  package init(
    _ pipeline: CheckedPipeline, store: Store, options: Options, signals: StopSignals, say: @escaping (String) -> Void
  ) {
    self.pipeline = pipeline
    self.store = store
    self.options = options
    planner = Planner(store: store, options: options.planner)
    self.signals = signals
    self.say = say
    programs = Dictionary(
      pipeline.stages.compactMap { stage in
        (try? SourceFingerprint(stage.program.path)).map { (stage.program.path, $0) }
      }
    ) { first, _ in first }
  }

  /// Verifies what a stage is about to read, and makes anew what is damaged.
  private func healInputs(
    of stage: CheckedStage, versions: inout [String: PublishedVersion], record: inout RunRecord
  ) throws {
    for (name, reference) in stage.inputs.sorted(by: { $0.key < $1.key }) {
      guard case .output(let producer, let output) = reference, let version = versions[producer],
        let made = version.outputs[output], !verified.contains(made.path)
      else { continue }
      do { try ArtifactFile(path: made.path).verify(interrupted: signals.check) } catch let error as FileError {
        guard planner.isSelected(producer), let maker = pipeline.stage(producer) else {
          throw StageRun.Failure.damagedInput(
            stage: stage.name, input: name, reason: "\(error); make it anew with --from \(producer)")
        }
        say("\(pad("", 6)) \(error): \(producer) is made anew")
        try store.remove(version.name, of: producer)
        versions[producer] = try step(maker, versions: &versions, record: &record)
      }
      if let path = versions[producer]?.outputs[output]?.path { verified.insert(path) }
    }
  }

  /// A folder that is there and cannot be listed does not mean that nothing was ever made.
  private func checkStore() throws {
    for source in neededSources {
      let path = pipeline.path(of: source)
      guard !Files.lies(store.root, in: path) else {
        throw Failure.storeInSource(source: source.name.value, path: path)
      }
    }
    for stage in pipeline.stages where Files.exists("\(store.root)/\(stage.name)") {
      _ = try store.versionFolders(of: stage.name, passingOverForeignNames: true)
    }
  }

  /// What a run would do now, and why. Touches nothing.
  package func plan() throws -> [Step] {
    try checkStore()
    var sources: [String: Digest] = [:]
    for source in neededSources {
      sources[source.name.value] = try SourceFetch(
        source: source, pipeline: pipeline, store: store, isForced: options.refetches
      )
      .present(interrupted: signals.check)?.digest
    }
    var versions: [String: PublishedVersion] = [:]
    return try stages.map { stage in
      let inputs = stage.inputs.mapValues { digest(of: $0, sources: sources, versions: versions) }
      let decision = planner.decide(stage, inputs: inputs)
      versions[stage.name] = decision.version
      try checkUpstream(of: stage, versions)
      return Step(stage: stage.name, decision: decision)
    }
  }

  /// Those that are asked for, and those whose outputs they need.
  private var stages: [CheckedStage] {
    guard let selected = options.planner.selected else { return pipeline.stages }
    let needed = pipeline.withAncestors(selected)
    return pipeline.stages.filter { needed.contains($0.name) }
  }

  /// Only stages that are asked for need their raw data.
  private var neededSources: [SourceDefinition] {
    let names = Set(
      pipeline.stages.filter { planner.isSelected($0.name) }.flatMap(\.inputs.values).compactMap { reference in
        if case .source(let name) = reference { name } else { nil }
      })
    return pipeline.sources.filter { names.contains($0.name.value) }
  }

  private func digest(
    of reference: Reference, sources: [String: Digest], versions: [String: PublishedVersion]
  ) -> Digest? {
    switch reference {
    case .source(let name): sources[name]
    case .output(let stage, let output): versions[stage]?.outputs[output]?.digest
    }
  }

  private func checkUpstream(of stage: CheckedStage, _ versions: [String: PublishedVersion]) throws {
    guard planner.isSelected(stage.name) else { return }
    for upstream in stage.parents.sorted() where !planner.isSelected(upstream) && versions[upstream] == nil {
      throw Failure.noUpstream(stage: stage.name, upstream: upstream)
    }
  }

  /// Runs what has to run. `record` tells what happened, whether this returns or throws.
  package func run(_ record: inout RunRecord) throws {
    store.sweep()
    try record.publish()
    do {
      try signals.check()
      for source in neededSources {
        let found = try SourceFetch(
          source: source, pipeline: pipeline, store: store, isForced: options.refetches
        )
        .resolve(logs: record.folder, signals: signals, say: say)
        record.sources[source.name.value] = found.digest
        fingerprints[source.name.value] = found.fingerprint
      }
      var versions: [String: PublishedVersion] = [:]
      for stage in stages {
        try signals.check()
        versions[stage.name] = try step(stage, versions: &versions, record: &record)
        try record.publish()
      }
      for (stage, version) in versions { try store.setLatest(version.name, of: stage) }
      record.state = "finished"
    } catch {
      record.state = error is Stopped ? "stopped" : "failed"
      try? record.publish()
      throw error
    }
    try record.publish()
  }

  /// - Returns: the version that stands for the stage from here on; nil for one that is neither there nor asked for.
  private func step(
    _ stage: CheckedStage, versions: inout [String: PublishedVersion], record: inout RunRecord
  ) throws -> PublishedVersion? {
    func inputs() -> [String: Digest?] {
      stage.inputs.mapValues { digest(of: $0, sources: record.sources, versions: versions) }
    }
    let decision = planner.decide(stage, inputs: inputs())
    // Whatever is built on is what was published; what is not is made anew, where that is asked for.
    if case .run = decision { try healInputs(of: stage, versions: &versions, record: &record) }
    say("\(pad(decision.word, 6)) \(pad(stage.name, width))  \(decision.explanation)")
    var entry = RunRecord.Entry(
      stage: stage.name, decision: decision.word, reasons: decision.explanation, result: "failed")
    entry.program = stage.program
    entry.params = stage.params
    entry.inputs = inputs().compactMapValues { $0 }
    defer { record.entries.append(entry) }
    switch decision {
    case .missing:
      entry.result = "missing"
      return nil
    case .hit(let version, _), .reuse(let version, _):
      entry.result = decision.word == "hit" ? "hit" : "reused"
      entry.take(version)
      return version
    case .unknown(let waiting, _):
      throw Failure.noUpstream(stage: stage.name, upstream: waiting.first ?? stage.name)
    case .run: break
    }
    do {
      let result = try make(stage, versions: versions, record: record, entry: &entry)
      entry.result = result.isKept ? "kept" : "made"
      entry.take(result.version)
      let seconds = "\((result.outcome.seconds * 1000).rounded() / 1000) s"
      let kept = result.isKept ? ", the same contents as before" : ""
      let changed = !result.isKept && result.version.name != result.version.key.version
      say("\(pad("made", 6)) \(pad(stage.name, width))  \(seconds), version \(result.version.name)\(kept)")
      if changed, case .run([.forced]) = decision {
        say("       \(stage.name) gave other contents for the same inputs: it is not deterministic")
      }
      return result.version
    } catch {
      entry.failure = "\(error)"
      throw error
    }
  }

  private func make(
    _ stage: CheckedStage, versions: [String: PublishedVersion], record: RunRecord, entry: inout RunRecord.Entry
  ) throws -> StageRun.Result {
    var inputs: [String: StageRun.Input] = [:]
    for (name, reference) in stage.inputs {
      switch reference {
      case .source(let source):
        guard let digest = record.sources[source],
          let definition = pipeline.sources.first(where: { $0.name.value == source })
        else { throw Failure.noUpstream(stage: stage.name, upstream: "\(reference)") }
        inputs[name] = .init(
          path: pipeline.path(of: definition), digest: digest, fingerprint: fingerprints[source])
      case .output(let producer, let output):
        guard let made = versions[producer]?.outputs[output] else {
          throw Failure.noUpstream(stage: stage.name, upstream: producer)
        }
        inputs[name] = .init(path: made.path, digest: made.digest)
      }
    }
    let run = StageRun(
      stage: stage, inputs: inputs, store: store, logs: record.folder, threads: options.threads, signals: signals,
      program: programs[stage.program.path], say: say)
    entry.key = run.key.digest.hexadecimal
    entry.log = run.logPath
    return try run.run { entry.outcome = $0 }
  }

  private var width: Int { pipeline.stages.map(\.name.count).max() ?? 0 }
}

extension RunRecord.Entry {
  mutating func take(_ version: PublishedVersion) {
    self.version = version.name
    key = version.key.digest.hexadecimal
    outputs = version.outputs
  }
}

/// The text, filled with spaces to a width.
package func pad(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}
