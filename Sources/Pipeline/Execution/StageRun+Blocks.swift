import Artifacts
import ParallelLoops
import Synchronization
import SystemFiles

/// Work that is divided into blocks, each done by a process of its own, whose results lie in the stage's work folder until
/// the outputs are made of them.
extension StageRun {
  /// The end of a block: without an outcome if there was nothing to do.
  typealias BlockEnding = (attempt: Attempt, result: Result<Void, any Error>)

  /// Does all blocks, several at a time. After a failure no further block begins, and those that run are waited for.
  ///
  /// - Parameter attempt: becomes that of the block that failed.
  /// - Returns: the resources that all of them used; `nil` if the work is not divided, or others do the blocks.
  func runBlocks(_ attempt: inout Attempt) throws -> ProcessOutcome? {
    guard let blocksAtATime, stage.limits.blocks > 1 else { return nil }
    let (count, start) = (stage.limits.blocks, ContinuousClock.now)
    observe(.started(stage: stage.name, attempt: attempt.number, log: log(of: attempt.number, block: 1)))
    let state = Mutex((done: 0, hasFailed: false))
    let endings = parallelMap(count, threads: blocksAtATime) { place -> BlockEnding? in
      guard !state.withLock({ $0.hasFailed }) else { return nil }
      let ending = runBlock(place + 1)
      guard case .success = ending.result else {
        state.withLock { $0.hasFailed = true }
        return ending
      }
      let done = state.withLock {
        $0.done += 1
        return $0.done
      }
      tell(done, of: count)
      return ending
    }
    for case let ending? in endings {
      if case .failure(let error) = ending.result {
        attempt = ending.attempt
        throw error
      }
    }
    var all = ProcessOutcome(.exited(code: 0), seconds: (ContinuousClock.now - start) / .seconds(1))
    for case let ending? in endings {
      guard var outcome = ending.attempt.outcome else { continue }
      outcome.seconds = 0
      all.add(outcome)
    }
    return all
  }

  private func tell(_ done: Int, of count: Int) {
    let line = "\(done) of \(count) blocks are done"
    // They end together, and say themselves how far they are.
    if stage.description.cooperates { return say("\(margin)\(line)") }
    if var progress = StageProgress("block \(done) of \(count)") {
      progress.text = line
      observe(.progress(stage: stage.name, progress, line: "\(margin)\(line)"))
    }
  }

  /// Does one block, unless another process does it or has made the outputs.
  ///
  /// - Parameter block: counted from 1.
  func runBlock(_ block: Int) -> BlockEnding {
    var attempt = Attempt(number: firstAttempt, log: log(of: firstAttempt, block: block))
    let result = Result { try runBlock(block, &attempt) }
    return (attempt, result)
  }

  private func runBlock(_ block: Int, _ attempt: inout Attempt) throws {
    let name = "block-\(block)-of-\(stage.limits.blocks)"
    let claim = try Claim(
      store.claimPath(stage: stage.name, key: "\(key.version).\(name)"),
      "block \(block) of \(stage.name) is being done", run: Files.name(of: logs), signals: signals
    ) { say("\(margin)\($0)") }
    defer { claim.release() }
    if !isForced, KnownVersions(store: store).find(key, of: stage.name).version != nil { return }
    try retrying(&attempt, block: block) { try execute(&$0, block: block, staging: "") }
  }
}
