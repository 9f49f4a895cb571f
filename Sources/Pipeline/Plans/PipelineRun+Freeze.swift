import Artifacts
import SystemFiles

extension PipelineRun {
  /// Fetches raw data that is missing, decides about each stage, and freezes all that the stages need.
  ///
  /// - Parameters:
  ///   - record: the record of the run that begins.
  ///   - slurm: the settings, if stages are to run on a cluster.
  package func freeze(_ record: inout RunRecord, slurm: SlurmSettings?) throws -> FrozenPlan {
    try begin(&record) { record, progress in
      let sources = try neededSources.compactMap { try freeze($0, progress) }
      let frozen = try stages.map { try freeze($0, &progress) }
      try ParamsCheck(signals: signals).require(frozen.filter(\.isOpen).map(\.checked))
      let plan = FrozenPlan(
        run: record.identifier, pipeline: pipeline.name, store: Store(root: Files.absolutePath(store.root)),
        workingFolder: Host.workingFolder, file: record.file, fileDigest: record.fileDigest, revision: record.revision,
        isForced: options.planner.isForced, movesLatest: options.movesLatest, threads: options.threads, slurm: slurm,
        planned: Host.nanoseconds / 1_000_000, sources: sources, stages: frozen)
      digests.save()
      descriptions.save()
      return plan
    }
  }

  private func freeze(_ source: SourceDefinition, _ progress: RunProgress) throws -> FrozenPlan.Source? {
    let path = pipeline.path(of: source)
    return try progress.sources[source.name.value].map { found in
      let file = try FrozenPlan.KnownFile(path, digest: found.digest, since: found.fingerprint)
      return FrozenPlan.Source(name: source.name.value, isArtifact: source.isArtifact, file: file)
    }
  }

  private func freeze(_ stage: CheckedStage, _ progress: inout RunProgress) throws -> FrozenPlan.Stage {
    let decision = planner.decide(stage, inputs: progress.inputs(of: stage))
    progress.versions[stage.name] = decision.version
    let files = try ([stage.program.path] + stage.depends).map { path in
      let (digest, fingerprint) = try digests.digest(of: path)
      return try FrozenPlan.KnownFile(path, digest: digest, since: fingerprint)
    }
    return FrozenPlan.Stage(
      checked: stage.withAbsolutePaths, decision: decision.word, reasons: decision.explanation,
      version: decision.version?.name, files: files)
  }
}

extension CheckedStage {
  fileprivate var withAbsolutePaths: CheckedStage {
    CheckedStage(
      name: name, program: Program(path: Files.absolutePath(program.path), identity: program.identity),
      description: description, inputs: inputs, givenParams: givenParams, options: options, environment: environment,
      limits: limits, depends: depends.map { Files.absolutePath($0) }, readOutputs: readOutputs)
  }
}
