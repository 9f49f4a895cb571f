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
      "What the runs have in common is made once. A run that fails does not stop the others. \"latest\" stays where it is."
  )

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
      let loaded = try points.map { values in
        var options = pipeline
        options.overrides += zip(axes, values).map { "\($0.param)=\($1)" }
        return try options.load(signals)
      }
      var results: [SweepResults.Point] = []
      for (number, (values, loaded)) in zip(points, loaded).enumerated() {
        let words = zip(axes, values).map { "\($0.param)=\($1)" }.joined(separator: " ")
        if !quiet { StandardError.write(line: "run \(number + 1) of \(points.count): \(words)") }
        results.append(try result(of: values, loaded, signals))
        if let failure = results.last?.failure { StandardError.write(line: "runner: \(words): \(failure)") }
      }
      guard let first = loaded.first else { return }
      let table = try SweepResults(
        results, of: axes, in: StoredRuns(first.store, pipeline: first.pipeline.name), labels: metric)
      print(json ? table.json.prettyText : table.lines.joined(separator: "\n"))
      if results.contains(where: { $0.failure != nil }) { throw ExitCode(1) }
    }
  }

  /// Runs one combination.
  ///
  /// - Throws: `Stopped` if the sweep is to stop; what else goes wrong is part of the result.
  private func result(
    of values: [String], _ loaded: PipelineLoader.Loaded, _ signals: StopSignals
  ) throws -> SweepResults.Point {
    let console = RunConsole(stages: loaded.pipeline.stages.map(\.name), isQuiet: quiet)
    defer { console.close() }
    var settings = PipelineRun.Options()
    settings.threads = threads
    settings.capacity = sharing.capacity
    settings.movesLatest = false
    settings.observe = console.observe
    let run = PipelineRun(loaded, options: settings, signals: signals, say: console.say)
    var identifier: String?
    do {
      _ = try run.plan()
      let lock = try loaded.store.waitForRunning(signals)
      defer { withExtendedLifetime(lock) {} }
      var record = try RunRecord(of: loaded, file: pipeline.pipeline)
      identifier = record.identifier
      try run.run(&record)
      return SweepResults.Point(values: values, run: identifier, failure: nil)
    } catch let error as Stopped { throw error } catch {
      return SweepResults.Point(values: values, run: identifier, failure: "\(error)")
    }
  }
}
