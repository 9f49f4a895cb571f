package import Artifacts
import SystemFiles

/// Plans and runs a pipeline, stage by stage.
package final class PipelineRun {
  /// The options of a run.
  package struct Options: Sendable {
    package var planner = Planner.Options()
    package var threads: Int?
    /// `true` if raw data is fetched again, whatever there is.
    package var refetches = false
    package var executor: any Executor = LocalExecutor()
    package var capacity = Capacity()
    /// `true` if `latest` of each stage points at what the run used, once it has finished.
    package var movesLatest = true
    /// The room and raw data that the run shares with others of a sweep; `nil` if it is alone.
    package var commons: SweepCommons?
    /// Called with what happens, from any thread.
    package var observe: @Sendable (RunEvent) -> Void = { _ in }

    package init() {}
  }

  /// A stage of the plan, and what is decided about it.
  package struct Step: Sendable {
    package let stage: String
    package let decision: Decision
    /// The digest of each input; `nil` while what makes it is not done.
    package let inputs: [String: Digest?]
  }

  package let pipeline: CheckedPipeline
  package let store: Store
  let options: Options
  let planner: Planner
  let signals: StopSignals
  package let say: @Sendable (String) -> Void
  /// The stamps of programs by their paths, from before any of them runs.
  let programs: [String: SourceFingerprint]
  let digests: KnownDigests
  let descriptions: KnownDescriptions
  let lines: StageLines

  package init(
    _ loaded: PipelineLoader.Loaded, options: Options, signals: StopSignals,
    say: @escaping @Sendable (String) -> Void
  ) {
    pipeline = loaded.pipeline
    store = loaded.store
    digests = loaded.digests
    descriptions = loaded.descriptions
    self.options = options
    planner = Planner(store: loaded.store, options: options.planner)
    self.signals = signals
    self.say = say
    lines = StageLines(pipeline.stages.map(\.name))
    programs = Dictionary(
      pipeline.stages.compactMap { stage in
        (try? SourceFingerprint(stage.program.path)).map { (stage.program.path, $0) }
      }
    ) { first, _ in first }
  }

  /// The decision about each stage, without running or writing anything.
  package func plan() throws -> [Step] {
    try checkStore()
    var progress = RunProgress(pipeline)
    for source in neededSources {
      let known = options.commons?.found(source.name.value)
      progress.sources[source.name.value] = try known ?? fetch(source).present(interrupted: signals.check)
    }
    return try stages.map { stage in
      let inputs = progress.inputs(of: stage)
      let decision = planner.decide(stage, inputs: inputs)
      progress.versions[stage.name] = decision.version
      try checkUpstream(of: stage, progress.versions)
      return Step(stage: stage.name, decision: decision, inputs: inputs)
    }
  }

  /// Runs the planned stages. `record` holds the outcome, whether this returns or throws.
  package func run(_ record: inout RunRecord) throws {
    try begin(&record) { record, progress in
      digests.save()
      descriptions.save()
      var loop = try StageLoop(self, stages, progress, record)
      do { try loop.runAll() } catch {
        record = loop.record
        throw error
      }
      record = loop.record
      if options.movesLatest { try store.setLatest(loop.progress.versions.mapValues(\.name)) }
      record.state = "finished"
    }
    try record.publish()
  }

  /// Publishes the record of a run that begins, fetches the raw data that it reads, and goes on with `body`. If
  /// anything throws, the record says so.
  func begin<Result>(
    _ record: inout RunRecord, _ body: (inout RunRecord, inout RunProgress) throws -> Result
  ) throws -> Result {
    store.sweepHourly()
    try record.publish()
    do {
      try signals.check()
      var progress = RunProgress(pipeline)
      for source in neededSources {
        let folder = record.folder
        let resolve = { try self.fetch(source).resolve(logs: folder, signals: self.signals, say: self.say) }
        let found = try options.commons?.find(source.name.value, resolve) ?? resolve()
        progress.sources[source.name.value] = found
        record.sources[source.name.value] = found.digest
      }
      return try body(&record, &progress)
    } catch {
      record.state = error is Stopped ? "stopped" : "failed"
      try? record.publish()
      throw error
    }
  }

  /// The selected stages and their upstream stages.
  var stages: [CheckedStage] {
    guard let selected = options.planner.selected else { return pipeline.stages }
    let needed = pipeline.withAncestors(selected)
    return pipeline.stages.filter { needed.contains($0.name) }
  }

  /// Sources that selected stages read.
  var neededSources: [SourceDefinition] {
    let names = Set(
      pipeline.stages.filter { planner.isSelected($0.name) }.flatMap(\.inputs.values).compactMap { reference in
        if case .source(let name) = reference { name } else { nil }
      })
    return pipeline.sources.filter { names.contains($0.name.value) }
  }

  func fetch(_ source: SourceDefinition) -> SourceFetch {
    SourceFetch(source: source, pipeline: pipeline, store: store, isForced: options.refetches, digests: digests)
  }

  /// Refuses a store that lies in the raw data, and folders of stages that are there and cannot be listed, which does
  /// not mean that nothing was ever made.
  func checkStore() throws {
    for source in neededSources {
      let path = pipeline.path(of: source)
      guard !Files.lies(store.root, in: path) else {
        throw PipelineError.storeInSource(source: source.name.value, path: path)
      }
    }
    for stage in pipeline.stages { try store.checkReadable(stage: stage.name) }
  }

  private func checkUpstream(of stage: CheckedStage, _ versions: [String: PublishedVersion]) throws {
    guard planner.isSelected(stage.name) else { return }
    for upstream in stage.parents.sorted() where !planner.isSelected(upstream) && versions[upstream] == nil {
      throw PipelineError.noUpstream(stage: stage.name, upstream: upstream)
    }
  }
}
