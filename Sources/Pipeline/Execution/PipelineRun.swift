package import Artifacts
import SystemFiles

/// Plans and runs a pipeline, stage by stage.
package final class PipelineRun {
  package struct Options: Sendable {
    package var planner = Planner.Options()
    package var threads: Int?
    /// `true` if raw data is fetched again, whatever there is.
    package var refetches = false
    package var executor: any Executor = LocalExecutor()

    package init() {}
  }

  package struct Step: Sendable {
    package let stage: String
    package let decision: Decision
  }

  package let pipeline: CheckedPipeline
  package let store: Store
  let options: Options
  let planner: Planner
  let signals: StopSignals
  let say: @Sendable (String) -> Void
  /// The stamps of programs by their paths, from before any of them runs.
  let programs: [String: SourceFingerprint]

  package init(
    _ pipeline: CheckedPipeline, store: Store, options: Options, signals: StopSignals,
    say: @escaping @Sendable (String) -> Void
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

  /// The decision about each stage, without running or writing anything.
  package func plan() throws -> [Step] {
    try checkStore()
    var progress = RunProgress(pipeline)
    for source in neededSources {
      progress.sources[source.name.value] = try fetch(source).present(interrupted: signals.check)
    }
    return try stages.map { stage in
      let decision = planner.decide(stage, inputs: progress.inputs(of: stage))
      progress.versions[stage.name] = decision.version
      try checkUpstream(of: stage, progress.versions)
      return Step(stage: stage.name, decision: decision)
    }
  }

  /// Runs the planned stages. `record` holds the outcome, whether this returns or throws.
  package func run(_ record: inout RunRecord) throws {
    store.sweep()
    try record.publish()
    do {
      try signals.check()
      var progress = RunProgress(pipeline)
      for source in neededSources {
        let found = try fetch(source).resolve(logs: record.folder, signals: signals, say: say)
        progress.sources[source.name.value] = found
        record.sources[source.name.value] = found.digest
      }
      var schedule = Schedule(stages.map { ($0.name, $0.parents) })
      while let name = schedule.start(), let stage = pipeline.stage(name) {
        try signals.check()
        try step(stage, &progress, &record)
        schedule.finish(name)
        try record.publish()
      }
      for (stage, version) in progress.versions { try store.setLatest(version.name, of: stage) }
      record.state = "finished"
    } catch {
      record.state = error is Stopped ? "stopped" : "failed"
      try? record.publish()
      throw error
    }
    try record.publish()
  }

  /// The selected stages and their upstream stages.
  private var stages: [CheckedStage] {
    guard let selected = options.planner.selected else { return pipeline.stages }
    let needed = pipeline.withAncestors(selected)
    return pipeline.stages.filter { needed.contains($0.name) }
  }

  /// Sources that selected stages read.
  private var neededSources: [SourceDefinition] {
    let names = Set(
      pipeline.stages.filter { planner.isSelected($0.name) }.flatMap(\.inputs.values).compactMap { reference in
        if case .source(let name) = reference { name } else { nil }
      })
    return pipeline.sources.filter { names.contains($0.name.value) }
  }

  private func fetch(_ source: SourceDefinition) -> SourceFetch {
    SourceFetch(source: source, pipeline: pipeline, store: store, isForced: options.refetches)
  }

  /// Refuses a store that lies in the raw data, and folders of stages that are there and cannot be listed, which does
  /// not mean that nothing was ever made.
  private func checkStore() throws {
    for source in neededSources {
      let path = pipeline.path(of: source)
      guard !Files.lies(store.root, in: path) else {
        throw PipelineError.storeInSource(source: source.name.value, path: path)
      }
    }
    for stage in pipeline.stages where Files.exists("\(store.root)/\(stage.name)") {
      _ = try store.versionFolders(of: stage.name, passingOverForeignNames: true)
    }
  }

  private func checkUpstream(of stage: CheckedStage, _ versions: [String: PublishedVersion]) throws {
    guard planner.isSelected(stage.name) else { return }
    for upstream in stage.parents.sorted() where !planner.isSelected(upstream) && versions[upstream] == nil {
      throw PipelineError.noUpstream(stage: stage.name, upstream: upstream)
    }
  }
}
