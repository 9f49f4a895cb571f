import ArgumentParser
import Artifacts
import Pipeline
import RunDisplay
import SystemFiles

/// Options of every command that runs stages.
struct RunOptions: ParsableArguments {
  @OptionGroup var pipeline: PipelineOptions

  @Flag(help: "Print what would run, and why, without running it.")
  var dryRun = false

  @Flag(help: "Run the selected stages even if nothing changed.")
  var force = false

  @Flag(help: "Fetch raw data again, whatever its age, if its source has a \"fetch\".")
  var refetch = false

  @Option(
    help: ArgumentHelp("Number of threads for each stage; results are the same for any number.", valueName: "number"))
  var threads: Int?

  @OptionGroup(title: "Stages side by side") var sharing: SharingOptions

  @OptionGroup(title: "Slurm") var cluster: ClusterOptions

  @OptionGroup(title: "Messages") var reporting: ReportingOptions

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); give at least 1") }
  }

  /// Runs the stages that changed.
  ///
  /// - Parameter selected: the stages that may run; `nil` for all.
  func run(selecting selected: (CheckedPipeline) throws -> Set<String>?) throws {
    try Runner.exiting {
      let signals = try StopSignals()
      let loaded = try pipeline.load(signals)
      var settings = PipelineRun.Options()
      settings.planner = Planner.Options(selected: try selected(loaded.pipeline), isForced: force)
      settings.threads = threads
      settings.capacity = sharing.capacity
      settings.refetches = refetch
      let reporter = reporting.reporter(of: loaded.pipeline, signals)
      settings.observe = reporter.observe
      let run = PipelineRun(loaded, options: settings, signals: signals, say: reporter.say)
      if dryRun { return try reporter.show(try run.plan()) }
      let record = try reporter.reporting { record in
        _ = try run.plan()
        let slurm = try clusterSettings(loaded.pipeline)
        let lock = try loaded.store.waitForRunning(signals)
        defer { withExtendedLifetime(lock) {} }
        if !lock.isHeld {
          run.say("\(loaded.store.root) has no locks: what another run makes at the same time may be made twice")
        }
        var begun = try RunRecord(of: loaded, file: pipeline.pipeline)
        if let slurm {
          record = try cluster.run(run, slurm, &begun, signals)
          return
        }
        defer { record = begun }
        reporter.observe(run.start(of: begun))
        try run.run(&begun)
      }
      try reporter.report(record, of: loaded.pipeline)
    }
  }

  /// The settings of the cluster; `nil` if the stages run on this machine.
  private func clusterSettings(_ pipeline: CheckedPipeline) throws -> SlurmSettings? {
    let settings = try cluster.settings(of: pipeline, sharing)
    if settings != nil, reporting.json { throw SlurmError.noEvents }
    return settings
  }
}
