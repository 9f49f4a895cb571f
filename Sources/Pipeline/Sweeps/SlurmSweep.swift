import Artifacts
import SystemFiles

/// A sweep whose combinations are runs on a Slurm cluster: all are submitted at once and watched together, and what
/// several of them need is one job.
package final class SlurmSweep {
  private let points: [SweepPoint]
  private let file: String
  private let settings: SlurmSettings
  private let options: PipelineRun.Options
  private let signals: StopSignals
  private let reporter: SweepReporter
  private let commons: SweepCommons
  private let shared = SharedJobs()
  private var active: [(place: Int, run: SlurmRun)] = []
  private var outcomes: [SweepOutcome]
  /// The place of the next combination to submit.
  private var next = 0

  /// The most runs that are with Slurm at a time: controllers and their queues are shared with others.
  static let mostAtOnce = 200

  /// - Parameters:
  ///   - file: the pipeline file, as it was named.
  ///   - options: of each run.
  package init(
    _ points: [SweepPoint], file: String, _ settings: SlurmSettings, options: PipelineRun.Options, signals: StopSignals,
    reporter: SweepReporter
  ) {
    self.points = points
    self.file = file
    self.settings = settings
    self.options = options
    self.signals = signals
    self.reporter = reporter
    commons = SweepCommons(options.capacity)
    outcomes = points.map { _ in SweepOutcome() }
  }

  /// The number of runs that are with Slurm.
  package var underWay: Int { active.count }
  /// The number of combinations, and of those that are not submitted.
  package var count: Int { points.count }
  package var left: Int { points.count - next }

  /// Submits combinations, as many as may be with Slurm at a time. Those that it refuses, since there are many, are
  /// submitted once others have ended.
  ///
  /// - Throws: `Stopped`, or what Slurm says if it takes none at all.
  package func submit() throws {
    guard next < points.count, let first = points.first else { return }
    // Runs of an interrupted sweep may lie behind others, but not behind many sweeps.
    let unfinished = try SlurmRuns(StoredRuns(first.loaded.store, pipeline: first.loaded.pipeline.name))
      .unfinished(among: SlurmRuns.newest + 4 * points.count)
    // Without an answer, jobs whose submission was not written down are found later.
    let known = unfinished.isEmpty ? [] : (try? SlurmClient(signals: signals).jobs()) ?? []
    while next < points.count, active.count < Self.mostAtOnce {
      let place = next
      reporter.begins(place + 1, of: points.count, points[place])
      do { active.append((place, try begin(place, unfinished, known))) } catch {
        if error is Stopped { throw error }
        if error is SlurmError {
          guard !active.isEmpty else { throw error }
          return reporter.say("\(error); \(left) of \(points.count) combinations wait until a run ends")
        }
        end(place, "\(error)")
      }
      next += 1
    }
  }

  private func begin(
    _ place: Int, _ unfinished: [Digest: [FrozenPlan]], _ known: [SlurmJob]
  ) throws -> SlurmRun {
    let loaded = points[place].loaded
    var options = options
    options.commons = commons
    let run = PipelineRun(loaded, options: options, signals: signals, say: reporter.say(of: place + 1))
    _ = try run.plan()
    var record = try RunRecord(of: loaded, file: file)
    outcomes[place].run = record.identifier
    let plan = try run.freeze(&record, slurm: settings)
    let (slurm, isNew) = try SlurmRun.prepare(
      plan, unfinished: unfinished, shared: shared, signals: signals, say: run.say)
    outcomes[place].run = slurm.plan.run
    if isNew { try slurm.submit() } else { try slurm.takeUp(known) }
    return slurm
  }

  /// Watches all runs to their end, and submits what is left. A run that fails does not stop the others.
  ///
  /// - Throws: `Stopped` if a signal ended the watching, which leaves the jobs as they are.
  package func watch() throws -> [SweepOutcome] {
    while !active.isEmpty || next < points.count {
      let before = active.count
      try watchOnce()
      if active.count < before, next < points.count { try submit() }
      guard let pause = active.map(\.run.interval.next).min() else { continue }
      try signals.sleep(seconds: pause)
    }
    return outcomes
  }

  private func watchOnce() throws {
    var answer: Result<[SlurmJob], any Error>?
    // One answer serves all runs.
    let ask = { [signals] in
      let jobs = answer ?? Result { try SlurmClient(signals: signals).jobs() }
      answer = jobs
      return try jobs.get()
    }
    var ended: Set<Int> = []
    for (place, run) in active {
      do {
        guard try run.watchOnce(ask) != nil else { continue }
        end(place, nil)
      } catch let error as Stopped { throw error } catch { end(place, "\(error)") }
      ended.insert(place)
    }
    active.removeAll { ended.contains($0.place) }
  }

  private func end(_ place: Int, _ failure: String?) {
    outcomes[place].failure = failure
    reporter.ended(points[place], outcomes[place])
  }
}
