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

  /// - Returns: `nil` if the stages run on this machine.
  func settings(_ choice: ExecutorChoice?) -> SlurmSettings? {
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
    let runs = SlurmRuns(StoredRuns(run.store, pipeline: plan.pipeline))
    let slurm: SlurmRun
    if let abandoned = try runs.abandoned(like: plan, signals: signals, say: run.say) {
      Files.remove(record.folder)
      run.say("\(abandoned.plan.run) makes the same and is under way; this goes on with it")
      slurm = abandoned
    } else {
      slurm = try SlurmRun(plan, signals: signals, say: run.say)
      try plan.publish()
      // From here on the run goes on though this process does not.
      try PlanRecord(plan).settle()
      try Self.leaving(plan, file) { try slurm.submit() }
    }
    guard !detach else {
      print(Self.remedies(plan, file).joined(separator: "\n"))
      return nil
    }
    return try Self.leaving(plan, file) { try slurm.watch() }
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
