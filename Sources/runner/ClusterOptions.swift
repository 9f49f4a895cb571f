import ArgumentParser
import Pipeline
import SystemFiles

/// The names of executors that the command line takes.
enum ExecutorName: String, ExpressibleByArgument, CaseIterable {
  case local, slurm
}

/// Options of runs whose stages are jobs of a cluster.
struct ClusterOptions: ParsableArguments {
  @Option(help: "Where stages run, local or slurm; by default what the pipeline says, or else local.")
  var executor: ExecutorName?

  @Flag(help: "Submit the jobs and return, rather than watch them.")
  var detach = false

  /// The settings of the cluster.
  ///
  /// - Returns: `nil` if the stages run on this machine.
  /// - Throws: `SlurmError` if an option does not fit where they run.
  func settings(of pipeline: CheckedPipeline, _ sharing: SharingOptions) throws -> SlurmSettings? {
    guard let settings = settings(pipeline.executor) else {
      if detach { throw SlurmError.nothingToDetach }
      return nil
    }
    let local = [("--jobs", sharing.jobs != nil), ("--cpus", sharing.cpus != nil), ("--memory", sharing.memory != nil)]
    if let option = local.first(where: \.1) { throw SlurmError.localOption(option.0) }
    return settings
  }

  private func settings(_ choice: ExecutorChoice?) -> SlurmSettings? {
    let given: SlurmSettings? = if case .slurm(let settings) = choice { settings } else { nil }
    return switch executor {
    case .local: nil
    case .slurm: given ?? SlurmSettings()
    case nil: given
    }
  }

  /// Submits a run, or goes on with one that makes the same and that nobody watches any more.
  ///
  /// - Returns: `nil` if the run is left to the cluster.
  func run(
    _ run: PipelineRun, _ settings: SlurmSettings, _ record: inout RunRecord, _ signals: StopSignals
  ) throws -> RunRecord? {
    let file = record.file
    let plan = try run.freeze(&record, slurm: settings)
    let unfinished = try SlurmRuns(StoredRuns(run.store, pipeline: plan.pipeline)).unfinished()
    let (slurm, isNew) = try SlurmRun.prepare(plan, unfinished: unfinished, signals: signals, say: run.say)
    if isNew { try Self.leaving(plan, file) { try slurm.submit() } }
    guard !detach else {
      print(Self.remedies(plan, file).joined(separator: "\n"))
      return nil
    }
    return try Self.leaving(plan, file) { try slurm.watch() }
  }

  /// Submits the runs of a sweep, and watches them.
  ///
  /// - Returns: `nil` if they are left to the cluster.
  func run(_ sweep: SlurmSweep, of file: String) throws -> [SweepOutcome]? {
    do {
      try sweep.submit()
      guard detach else { return try sweep.watch() }
      print(Self.remedies(sweep, file).joined(separator: "\n"))
      return nil
    } catch let error as Stopped {
      for line in Self.remedies(sweep, file) { StandardError.write(line: line) }
      throw error
    }
  }

  private static func remedies(_ sweep: SlurmSweep, _ file: String) -> [String] {
    let runs = sweep.underWay == 1 ? "1 run is" : "\(sweep.underWay) runs are"
    let left = sweep.left == 0 ? "" : "; \(sweep.left) of \(sweep.count) combinations are not submitted"
    return [
      "\(runs) with Slurm\(left)", "  the same command goes on with them",
      "  runner cancel \(file.shellWord) --all   ends all runs of the pipeline",
    ]
  }

  /// Tells how to come back to a run whose watching was interrupted.
  static func leaving<Result>(_ plan: FrozenPlan, _ file: String, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as Stopped {
      for line in remedies(plan, file) { StandardError.write(line: line) }
      throw error
    }
  }

  private static func remedies(_ plan: FrozenPlan, _ file: String) -> [String] {
    [
      "\(plan.run) is with Slurm", "  runner attach \(file.shellWord) \(plan.run)   watches it",
      "  runner cancel \(file.shellWord) \(plan.run)   ends it",
    ]
  }
}
