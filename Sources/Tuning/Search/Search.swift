import DisplayText
import Evaluation
import ModelTraining
import TwoTower

/// A search for good params by successive halving, and then for a good ensemble of what it found.
package struct Search {
  private let data: TuningData
  private let trials: [TrialParams]
  private let rungs: [Rung]
  private let seed: UInt64
  private let minutes: Double?
  private let triesEnsembles: Bool
  private let threads: Int
  private let note: (String) -> Void
  private let bar: (Double, String) -> Void

  /// - Parameters:
  ///   - minutes: after which no further trial begins; nil for no limit.
  ///   - triesEnsembles: `true` for a last round that puts the families' best together.
  ///   - note: takes a line for people.
  ///   - bar: takes the share of the search that is done, and what runs.
  package init(
    _ data: TuningData, _ trials: [TrialParams], seed: UInt64, minutes: Double?, triesEnsembles: Bool, threads: Int,
    note: @escaping (String) -> Void, bar: @escaping (Double, String) -> Void
  ) {
    self.data = data
    self.trials = trials
    self.seed = seed
    self.minutes = minutes
    self.triesEnsembles = triesEnsembles
    self.threads = threads
    self.note = note
    self.bar = bar
    rungs = Rung.plan(trials, data.size, held: data.heldCount, hasFolds: data.hasFolds)
  }

  /// - Parameters:
  ///   - journal: has the results so far, also of other processes that work on the same search.
  ///   - start: the place among the trials of each round at which this process begins, from 0 to below 1.
  /// - Throws: `TuningError.allFailed`, or the error of a validation part that judges nothing.
  package func run(_ journal: TrialJournal, from start: Double = 0) throws -> SearchOutcome {
    let clock = clock
    let work = SharedWork(journal: journal, start: start) { [note] count in
      note("waits for \(count == 1 ? "a result" : "\(count) results") of other blocks; \(clock.left)")
    }
    let there = work.speaksForAll ? journal.count : 0
    if there > 0 {
      note("goes on after \(there == 1 ? "a result that is" : "\(there) results that are") there already")
    }
    var places = Array(trials.indices)
    var outcomes = trials.map { TrialOutcome(params: $0) }
    for (round, rung) in rungs.enumerated() where !clock.isStopped {
      let taking = Array(places.prefix(rung.trials))
      clock.begin(round, cost: rung.operations(among: taking.map { trials[$0] }, data.size))
      if work.speaksForAll { note("\(description(of: rung, round)); \(clock.left)") }
      try run(taking, round, work, clock, &outcomes)
      places = taking.sorted { outcomes[$0].isBetter(than: outcomes[$1]) }
    }
    let order = trials.indices.sorted { outcomes[$0].isBetter(than: outcomes[$1]) }
    guard let best = outcomes[order[0]].best else {
      throw TuningError.allFailed(first: outcomes[0].result?.failure ?? "nothing could be judged")
    }
    let ensemble = try ensemble(order.map { outcomes[$0] }, work, clock)
    return SearchOutcome(
      metric: data.metric, rungs: rungs, trials: order.map { outcomes[$0] }, best: best, ensemble: ensemble, seed: seed,
      isStopped: clock.isStopped)
  }

  /// The clock of the search, which guesses what the last round costs.
  private var clock: SearchClock {
    let costs = rungs.map { $0.operations(among: trials, data.size) }
    let last = triesEnsembles ? min(2 * (costs.last ?? 0), EnsembleRound.operations) : 0
    return SearchClock(minutes: minutes, costs + [last])
  }

  /// Ends a round before all of its trials have run.
  private struct Stop: Error {}

  /// Runs the trials of a round, or as many as there is time for.
  private func run(
    _ taking: [Int], _ round: Int, _ work: SharedWork, _ clock: SearchClock, _ outcomes: inout [TrialOutcome]
  ) throws {
    let rung = rungs[round]
    let units = taking.flatMap { trial in (0..<rung.folds).map { (trial: trial, part: $0) } }
    var (folds, results): ([Int: TuningFold], [Int: [Int: TrialResult]]) = ([:], [:])
    func found(_ place: Int, _ result: TrialResult, _ maker: SharedWork.Maker) {
      let (trial, part) = units[place]
      clock.finished(rung.operations(of: trials[trial], data.size) / Double(rung.folds), wasEarlier: maker == .earlier)
      results[trial, default: [:]][part] = result
      let parts = (0..<rung.folds).compactMap { results[trial]?[$0] }
      guard parts.count == rung.folds else { return }
      outcomes[trial].take(TrialResult(meanOf: parts), round: round)
      // Each trial is told of once, by the process that finished it.
      guard maker == .thisProcess else { return }
      note("\(outcomes[trial].line(number: trial, of: trials.count, data.metric)); \(clock.left)")
    }
    do {
      _ = try work.results(of: units.map { .trial($0.trial, round: round, part: $0.part) }, found: found) { place in
        let (trial, part) = units[place]
        if part == 0, clock.isOver, outcomes.contains(where: { $0.result != nil }) { throw Stop() }
        let fold = try folds[part] ?? data.fold(part, share: rung.share, threads: threads)
        folds[part] = fold
        return try result(of: trial, rung, part, fold, clock)
      }
    } catch is Stop {
      note("stopped after \(decimals(minutes ?? 0, 1)) minutes, in round \(round + 1) of \(rungs.count)")
      clock.isStopped = true
    }
  }

  private func result(
    of trial: Int, _ rung: Rung, _ part: Int, _ fold: TuningFold, _ clock: SearchClock
  ) throws -> TrialResult {
    let checkpoints = rung.checkpoints(trials[trial].family.family.checkpoints)
    let attempt = try Trial(trials[trial], checkpoints: checkpoints, seed: seed)
    let own = rung.operations(of: trials[trial], data.size) / Double(rung.folds)
    return try attempt.run(on: fold, data, threads: threads) { [bar, trials] share in
      bar(clock.share(with: share * own), "trial \(trial + 1) of \(trials.count), \(trials[trial].family.rawValue)")
    }
  }

  /// - Parameter trials: the best first.
  private func ensemble(
    _ trials: [TrialOutcome], _ work: SharedWork, _ clock: SearchClock
  ) throws -> EnsembleRoundOutcome? {
    let members = EnsembleMember.best(of: trials)
    guard triesEnsembles, members.count > 1, let rung = rungs.last, !clock.isStopped else { return nil }
    if clock.isOver {
      note("stopped after \(decimals(minutes ?? 0, 1)) minutes, before ensembles were tried")
      clock.isStopped = true
      return nil
    }
    let round = EnsembleRound(data, members, after: rung, seed: seed, threads: threads)
    clock.begin(rungs.count, cost: round.operations)
    let say = work.speaksForAll ? note : { _ in }
    say("last round: the best of \(members.count) families together; \(clock.left)")
    do { return try round.run(work, note: say) } catch let error as TwoTowerError where error.dependsOnParams {
      note("no ensemble: \(error)")
    }
    return nil
  }

  private func description(of rung: Rung, _ round: Int) -> String {
    let part = rung.share < 1 ? "on \(decimals(100 * rung.share, 0)) % of the queries" : "on all queries"
    let folds = rung.folds > 1 ? ", each by \(rung.folds) held-out parts" : ""
    return "round \(round + 1) of \(rungs.count): \(rung.trials) trials \(part)\(folds)"
  }
}
