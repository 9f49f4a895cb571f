import Artifacts
import CanonicalJSON
import Glibc
import SystemFiles

/// The record of a run whose stages are processes of their own: put together from what they tell, by whichever of them
/// ends last, so that a run ends well though nobody watches it.
package struct PlanRecord {
  private let plan: FrozenPlan

  package init(_ plan: FrozenPlan) { self.plan = plan }

  /// The file that says that somebody cancelled the run.
  private var cancelMark: String { "\(plan.folder)/cancelled.json" }

  package var isCancelled: Bool { Files.exists(cancelMark) }

  func cancel() throws {
    guard !isCancelled else { return }
    let json: JSON = ["cancelled": JSON(Host.timestamp), "host": JSON(ProcessIdentity.thisHost)]
    try Files.publish(json.document, to: cancelMark, replacing: true, mode: 0o644)
  }

  /// Writes the record anew. If all stages are done, the run is finished and `latest` of each points at its version; it
  /// has failed if no stage can be made any more.
  @discardableResult
  package func settle() throws -> RunRecord {
    let lock = try lock()
    defer { withExtendedLifetime(lock) {} }
    var progress = PlanProgress(plan)
    progress.refresh()
    var record = RunRecord(plan)
    let lost = progress.lost
    let isOver = plan.stages.allSatisfy { progress.isDone($0) || lost.contains($0.name) }
    // A run that finished is not touched any more, so that nobody who looks at an old one turns latest back.
    let isSettled = StoredRun(plan.run, in: plan.store)?.state == .finished
    record.entries = plan.stages.compactMap { entry($0, progress) }
    if progress.isFinished {
      record.state = "finished"
      if !isSettled, plan.movesLatest { try plan.store.setLatest(progress.versions.mapValues(\.name)) }
    } else if isCancelled {
      record.state = "stopped"
    } else if isOver {
      record.state = "failed"
    }
    record.span = span(progress, isOver: record.state != "running")
    if !isSettled { try record.publish() }
    return record
  }

  /// One process at a time writes, so that the last one knows all. A file system without locks grants every one.
  private func lock() throws -> FileLock? {
    let path = "\(plan.folder)/.record.lock"
    for _ in 0..<500 {
      if let lock = try naming(path, { try FileLock(path, .exclusive) }) { return lock }
      usleep(10_000)
    }
    return nil
  }

  private func entry(_ stage: FrozenPlan.Stage, _ progress: PlanProgress) -> RunRecord.Entry? {
    let done = progress.versions[stage.name]
    if stage.isOpen, let told = progress.results[stage.name]?.entry {
      // A process that runs a second time may fail though its stage is done.
      if done == nil || told.version == done?.name { return told }
    }
    var entry = stage.entry("missing", inputs: progress.inputs(of: stage.checked))
    guard let version = done else { return stage.decision == "missing" ? entry : nil }
    entry.result = plan.isSelected(stage) ? "hit" : "reused"
    entry.take(version)
    return entry
  }

  private func span(_ progress: PlanProgress, isOver: Bool) -> RunRecord.Span {
    let now = Host.nanoseconds / 1_000_000
    let last = isOver ? max(progress.results.values.map(\.time).max() ?? now, plan.planned) : now
    return RunRecord.Span(
      started: Host.timestamp(of: plan.planned / 1000), finished: Host.timestamp(of: last / 1000),
      seconds: Double(last - plan.planned) / 1000)
  }
}

extension RunRecord {
  /// The record of a run that is planned.
  fileprivate init(_ plan: FrozenPlan) {
    self.init(
      identifier: plan.run, folder: plan.folder, pipeline: plan.pipeline, file: plan.file, fileDigest: plan.fileDigest,
      revision: plan.revision)
    executor = plan.slurm == nil ? "plan" : ExecutorChoice.slurmName
    sources = Dictionary(plan.sources.map { ($0.name, $0.file.digest) }) { $1 }
  }
}
