import ParallelLoops

/// A sweep on this machine: combinations run side by side as far as there is room for their stages. What several of them
/// need, one makes.
package struct LocalSweep {
  private let points: [SweepPoint]
  private let file: String
  private let options: PipelineRun.Options
  private let signals: StopSignals
  private let reporter: SweepReporter

  /// - Parameters:
  ///   - file: the pipeline file, as it was named.
  ///   - options: of each run.
  package init(
    _ points: [SweepPoint], file: String, options: PipelineRun.Options, signals: StopSignals, reporter: SweepReporter
  ) {
    self.points = points
    self.file = file
    self.options = options
    self.signals = signals
    self.reporter = reporter
  }

  /// The most combinations that can run at a time, as far as stages say what they need.
  package static func width(of pipeline: CheckedPipeline, _ capacity: Capacity) -> Int {
    let least = pipeline.stages.map { capacity.share(of: $0).cpus }.min() ?? capacity.cpus
    let most = max(1, capacity.cpus / max(1, least))
    return min(most, capacity.jobs ?? most)
  }

  /// Runs all combinations; one that fails does not stop the others.
  ///
  /// - Throws: `Stopped` if a signal ended the sweep.
  package func run() throws -> [SweepOutcome] {
    guard let first = points.first else { return [] }
    let width = Self.width(of: first.loaded.pipeline, options.capacity)
    let commons = SweepCommons(options.capacity)
    let endings = try Mailbox<(place: Int, ending: Result<SweepOutcome, Stopped>)>()
    var outcomes = points.map { _ in SweepOutcome() }
    var stopped: Stopped?
    var (begun, running) = (0, 0)
    while true {
      while stopped == nil, begun < points.count, running < width {
        let place = begun
        reporter.begins(place + 1, of: points.count, points[place])
        let body = { @Sendable in endings.put((place, run(place, commons))) }
        // Without another thread this one does the work.
        if let thread = POSIXThread(body) { thread.detach() } else { body() }
        begun += 1
        running += 1
      }
      guard running > 0 else { break }
      let (place, ending) = endings.take()
      running -= 1
      switch ending {
      case .success(let outcome):
        outcomes[place] = outcome
        reporter.ended(points[place], outcome)
      case .failure(let error): stopped = stopped ?? error
      }
    }
    if let stopped { throw stopped }
    return outcomes
  }

  private func run(_ place: Int, _ commons: SweepCommons) -> Result<SweepOutcome, Stopped> {
    let loaded = points[place].loaded
    var options = options
    options.observe = reporter.observe(of: place + 1)
    options.commons = commons
    let run = PipelineRun(loaded, options: options, signals: signals, say: reporter.say(of: place + 1))
    var outcome = SweepOutcome()
    do {
      _ = try run.plan()
      let lock = try loaded.store.waitForRunning(signals)
      defer { withExtendedLifetime(lock) {} }
      var record = try RunRecord(of: loaded, file: file)
      outcome.run = record.identifier
      try run.run(&record)
    } catch let error as Stopped { return .failure(error) } catch { outcome.failure = "\(error)" }
    return .success(outcome)
  }
}
