import Artifacts
import ParallelLoops
import SystemFiles

/// Runs the stages of a run: each as soon as what it reads is there and there is room for it. After a failure no
/// further stage begins, and those that run are waited for.
struct StageLoop {
  private let run: PipelineRun
  private(set) var progress: RunProgress
  private(set) var record: RunRecord
  private var schedule: Schedule
  private let stages: [String: CheckedStage]
  /// Stages that have to run and for which there was no room.
  private var waiting: [CheckedStage] = []
  private var running: RunningStages
  /// Places of running stages among the entries of the record.
  private var places: [String: Int] = [:]
  private let endings: Mailbox<(stage: String, ending: StageRun.Ending)>
  private var failure: (any Error)?
  private var hasCheckedParams = false
  private let margin: (String) -> String

  /// A failure that is known already.
  private struct Failed: Error {}

  init(_ run: PipelineRun, _ stages: [CheckedStage], _ progress: RunProgress, _ record: RunRecord) throws {
    self.run = run
    self.progress = progress
    self.record = record
    schedule = Schedule(stages.map { ($0.name, $0.parents) })
    self.stages = Dictionary(run.pipeline.stages.map { ($0.name, $0) }) { first, _ in first }
    let capacity = run.options.capacity
    running = RunningStages(capacity: capacity)
    endings = try Mailbox()
    let width = run.lines.width
    // Lines of several stages at once would not tell whose they are.
    let isNamed = capacity.allowsSeveral(of: stages)
    margin = { isNamed ? "       \($0.padded(to: width))  | " : "         " }
  }

  /// Returns when all stages have ended.
  ///
  /// - Throws: the first failure; `Stopped` if a signal ended the run.
  mutating func runAll() throws {
    repeat { startAll() } while finishOne()
    if let failure { throw failure }
  }

  private mutating func startAll() {
    do {
      while failure == nil, !isFull, let stage = next() {
        try run.signals.check()
        try begin(stage)
      }
    } catch { note(error) }
  }

  /// Stages of a sweep wait for room one by one, and not here, since others may make what they would.
  private var isFull: Bool { run.options.commons == nil && running.isFull }
  private func hasRoom(for stage: CheckedStage) -> Bool { run.options.commons != nil || running.hasRoom(for: stage) }

  /// A stage that waited and for which there is room now, or else the next whose parents have finished.
  private mutating func next() -> CheckedStage? {
    if let place = waiting.firstIndex(where: { hasRoom(for: $0) }) { return waiting.remove(at: place) }
    return schedule.start().flatMap { stages[$0] }
  }

  /// Starts a stage if it has to run, or notes the version that downstream stages read: none if it was not selected and
  /// has none.
  private mutating func begin(_ stage: CheckedStage) throws {
    let decision = run.planner.decide(stage, inputs: progress.inputs(of: stage))
    if case .run = decision {
      try checkParams()
      guard hasRoom(for: stage) else { return waiting.append(stage) }
      // Stages read only published artifacts, byte for byte.
      try healInputs(of: stage)
    }
    run.say(run.lines.line(decision.word, stage.name, decision.explanation))
    run.options.observe(.decided(stage: stage.name, decision: decision))
    var entry = RunRecord.Entry(
      stage, decision: decision.word, reasons: decision.explanation, inputs: progress.inputs(of: stage),
      result: "failed")
    places[stage.name] = record.entries.count
    switch decision {
    case .missing:
      entry.result = "missing"
      progress.versions[stage.name] = nil
    case .hit(let version, _), .reuse(let version, _):
      entry.result = decision.word == "hit" ? "hit" : "reused"
      entry.take(version)
      progress.versions[stage.name] = version
    case .unknown(let waiting, _):
      record.entries.append(entry)
      throw PipelineError.noUpstream(stage: stage.name, upstream: waiting.first ?? stage.name)
    case .run:
      try start(stage, entry)
      return
    }
    record.entries.append(entry)
    run.options.observe(.finished(entry, lastLines: []))
    schedule.finish(stage.name)
  }

  /// Refuses, before the first stage runs, what any that may have to run would refuse later.
  private mutating func checkParams() throws {
    guard !hasCheckedParams else { return }
    hasCheckedParams = true
    try ParamsCheck(signals: run.signals).require(
      run.stages.filter { run.planner.isSelected($0.name) && places[$0.name] == nil })
  }

  private mutating func start(_ stage: CheckedStage, _ entry: RunRecord.Entry) throws {
    var entry = entry
    let work: StageRun
    do {
      work = StageRun(
        stage: stage, inputs: try progress.resolvedInputs(of: stage), store: run.store, logs: record.folder,
        threads: run.options.capacity.threads(of: stage, most: run.options.threads), executor: run.options.executor,
        signals: run.signals, program: run.programs[stage.program.path], margin: margin(stage.name),
        isForced: run.options.planner.isForced, say: run.say, observe: run.options.observe,
        room: run.options.commons?.room,
        blocksAtATime: run.options.capacity.blocksAtATime(of: stage))
    } catch {
      entry.failure = "\(error)"
      record.entries.append(entry)
      run.options.observe(.finished(entry, lastLines: []))
      throw error
    }
    entry.key = work.key.digest.hexadecimal
    entry.result = "running"
    record.entries.append(entry)
    try record.publish()
    running.add(stage)
    let endings = endings
    let body = { @Sendable in endings.put((stage.name, work.run())) }
    // Without another thread this one does the work.
    if let thread = POSIXThread(body) { thread.detach() } else { body() }
  }

  /// Waits for the end of one stage.
  ///
  /// - Returns: `false` if none runs.
  private mutating func finishOne() -> Bool {
    guard !running.isEmpty else { return false }
    let (name, ending) = endings.take()
    running.remove(name)
    do {
      if let stage = stages[name], let place = places[name] {
        var entry = record.entries[place]
        defer { record.entries[place] = entry }
        try finish(stage, ending, &entry)
      }
      schedule.finish(name)
    } catch { note(error) }
    do { try record.publish() } catch { note(error) }
    return true
  }

  private mutating func finishAll() throws {
    while finishOne() { continue }
    if failure != nil { throw Failed() }
  }

  private mutating func finish(
    _ stage: CheckedStage, _ ending: StageRun.Ending, _ entry: inout RunRecord.Entry
  ) throws {
    entry.take(ending.attempt)
    defer { run.options.observe(.finished(entry, lastLines: ending.attempt.lastLines)) }
    do {
      let result = try ending.result.get()
      let version = result.version
      entry.take(version)
      progress.versions[stage.name] = version
      guard !result.isTaken else {
        (entry.result, entry.log) = ("hit", nil)
        entry.reasons = "made by another run meanwhile; \(entry.reasons)"
        return run.say(run.lines.line("hit", stage.name, "made by another run meanwhile, version \(version.name)"))
      }
      entry.result = result.isKept ? "kept" : "made"
      let seconds = rounded(entry.outcome?.seconds ?? 0)
      let kept = result.isKept ? ", the same contents as before" : ""
      run.say(run.lines.line("made", stage.name, "\(seconds) s, version \(version.name)\(kept)"))
      if !result.isKept, version.name != version.key.version, entry.reasons == Reason.forced.description {
        run.warn("\(stage.name) gave other contents for the same inputs: it is not deterministic", stage: stage.name)
      }
    } catch {
      entry.result = "failed"
      entry.failure = "\(error)"
      throw error
    }
  }

  private mutating func note(_ error: any Error) {
    if error is Failed { return }
    guard let failure else {
      self.failure = error
      let others = running.names.joined(separator: ", ")
      if !others.isEmpty, !(error is Stopped) {
        run.warn("\(error); no further stage begins, waiting for \(others)")
      }
      return
    }
    if error is Stopped {
      self.failure = failure is Stopped ? failure : error
    } else {
      run.warn("\(error)")
    }
  }

  /// Verifies the artifacts that a stage is about to read, and makes damaged ones again if their stages are selected.
  private mutating func healInputs(of stage: CheckedStage) throws {
    for (name, reference) in stage.inputs.sorted(by: { $0.key < $1.key }) {
      guard case .output(let producer, let output) = reference, let version = progress.versions[producer],
        let made = version.outputs[output], !progress.verified.contains(made.path)
      else { continue }
      do { try ArtifactFile(path: made.path).verify(interrupted: run.signals.check) } catch let error as FileError {
        guard run.planner.isSelected(producer), let maker = stages[producer] else {
          throw PipelineError.damagedInput(stage: stage.name, input: name, reason: "\(error)", producer: producer)
        }
        // Nobody reads what is taken away.
        try finishAll()
        run.warn("\(error): \(producer) is made again", stage: producer)
        try run.store.remove(version.name, of: producer)
        try begin(maker)
        try finishAll()
      }
      if let path = progress.versions[producer]?.outputs[output]?.path { progress.verified.insert(path) }
    }
  }
}
