import ArgumentParser
import CanonicalJSON
import Pipeline
import RunDisplay
import RunHistory
import SystemFiles

struct Sweep: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a pipeline once for every combination of some params' values, and compare the metrics.",
    discussion:
      """
      Runs are side by side as far as there is room for their stages. What they have in common is made once. A run that \
      fails does not stop the others. "latest" stays where it is.
      """)

  @OptionGroup var pipeline: PipelineOptions

  @Option(
    name: .customLong("try"),
    help: ArgumentHelp("A param and its values; repeat for several.", valueName: "stage.param=value,value"))
  var tried: [String]

  @Option(
    help: ArgumentHelp(
      "A metric to show, such as recall@10; repeat for several. The table is sorted by the first.", valueName: "name"))
  var metric: [String] = []

  @Option(
    help: ArgumentHelp("Number of threads for each stage; results are the same for any number.", valueName: "number"))
  var threads: Int?

  @OptionGroup(title: "Stages side by side") var sharing: SharingOptions

  @OptionGroup(title: "Slurm") var cluster: ClusterOptions

  @Flag(help: "Say only what is wrong, and print the table.")
  var quiet = false

  @Flag(help: "Print the results as JSON, with all metrics.")
  var json = false

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); give at least 1") }
  }

  func run() throws {
    try Runner.exiting {
      let signals = try StopSignals()
      let axes = try tried.map { try SweepAxis($0) }
      let points = try SweepAxis.points(of: axes)
      // A value that a stage does not take is known before anything runs.
      let combinations = try points.map { values in
        var options = pipeline
        options.overrides += zip(axes, values).map { "\($0.param)=\($1)" }
        let words = zip(axes, values).map { "\($0.param)=\($1)" }.joined(separator: " ")
        return SweepPoint(words: words, try options.load(signals))
      }
      guard let first = combinations.first?.loaded else { return }
      guard let outcomes = try outcomes(of: combinations, first, signals) else { return }
      let results = zip(points, outcomes).map { SweepResults.Point(values: $0, run: $1.run, failure: $1.failure) }
      let table = try SweepResults(
        results, of: axes, in: StoredRuns(first.store, pipeline: first.pipeline.name), labels: metric)
      print(json ? table.json.prettyText : table.lines.joined(separator: "\n"))
      if results.contains(where: { $0.failure != nil }) { throw ExitCode(1) }
    }
  }

  /// - Returns: `nil` if the runs are left to a cluster.
  private func outcomes(
    of points: [SweepPoint], _ first: PipelineLoader.Loaded, _ signals: StopSignals
  ) throws -> [SweepOutcome]? {
    var settings = PipelineRun.Options()
    settings.threads = threads
    settings.capacity = sharing.capacity
    settings.movesLatest = false
    let slurm = try cluster.settings(of: first.pipeline, sharing)
    let isSideBySide = slurm != nil || LocalSweep.width(of: first.pipeline, settings.capacity) > 1
    let count = isSideBySide ? points.count : nil
    let console = RunConsole(
      stages: SweepReporter.names(first.pipeline.stages.map(\.name), numbering: count), isQuiet: quiet)
    defer { console.close() }
    let reporter = SweepReporter(numbering: count, say: console.say, observe: console.observe)
    guard let slurm else {
      return try LocalSweep(
        points, file: pipeline.pipeline, options: settings, signals: signals, reporter: reporter
      ).run()
    }
    let lock = try first.store.waitForRunning(signals)
    defer { withExtendedLifetime(lock) {} }
    return try cluster.run(
      SlurmSweep(points, file: pipeline.pipeline, slurm, options: settings, signals: signals, reporter: reporter),
      of: pipeline.pipeline)
  }
}
