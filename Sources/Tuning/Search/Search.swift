package import CanonicalJSON
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
  ///   - folder: for what a killed search goes on from.
  ///   - lineage: of the search.
  /// - Throws: `TuningError.allFailed`, or the error of a validation part that judges nothing.
  package func run(folder: String?, lineage: JSON) throws -> SearchOutcome {
    var journal = TrialJournal(folder: folder, lineage: lineage)
    if journal.count > 0 { note("goes on after \(journal.count) results of a run that was stopped") }
    var clock = SearchClock(
      minutes: minutes, rungs.map { $0.operations(among: trials, data.size) } + [EnsembleRound.operations])
    var places = Array(trials.indices)
    var outcomes = trials.map { TrialOutcome(params: $0) }
    rounds: for (round, rung) in rungs.enumerated() {
      let taking = Array(places.prefix(rung.trials))
      note(description(of: rung, round))
      clock.begin(round, cost: rung.operations(among: taking.map { trials[$0] }, data.size))
      let folds = try (0..<rung.folds).map { try data.fold($0, share: rung.share, threads: threads) }
      for trial in taking {
        if clock.isOver, outcomes.contains(where: { $0.result != nil }) {
          note("stopped after \(decimals(minutes ?? 0, 1)) minutes, in round \(round + 1) of \(rungs.count)")
          clock.isStopped = true
          break rounds
        }
        let result = try self.result(of: trial, round, rung, folds, &journal, clock)
        clock.finished(rung.operations(of: trials[trial], data.size))
        outcomes[trial].take(result, round: round)
        note("\(outcomes[trial].line(number: trial, of: trials.count, data.metric)); \(clock.left)")
      }
      places = taking.sorted { outcomes[$0].isBetter(than: outcomes[$1]) }
    }
    let order = trials.indices.sorted { outcomes[$0].isBetter(than: outcomes[$1]) }
    guard let best = outcomes[order[0]].best else {
      throw TuningError.allFailed(first: outcomes[0].result?.failure ?? "nothing could be judged")
    }
    let ensemble = try ensemble(order.map { outcomes[$0] }, &journal, &clock)
    journal.remove()
    return SearchOutcome(
      metric: data.metric, rungs: rungs, trials: order.map { outcomes[$0] }, best: best, ensemble: ensemble, seed: seed,
      isStopped: clock.isStopped)
  }

  /// - Parameter trials: the best first.
  private func ensemble(
    _ trials: [TrialOutcome], _ journal: inout TrialJournal, _ clock: inout SearchClock
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
    note("last round: the best of \(members.count) families together; \(clock.left)")
    do { return try round.run(&journal, note: note) } catch let error as TwoTowerError where error.dependsOnParams {
      note("no ensemble: \(error)")
    }
    return nil
  }

  private func result(
    of trial: Int, _ round: Int, _ rung: Rung, _ folds: [TuningFold], _ journal: inout TrialJournal,
    _ clock: SearchClock
  ) throws -> TrialResult {
    let checkpoints = rung.checkpoints(trials[trial].family.family.checkpoints)
    let attempt = try Trial(trials[trial], checkpoints: checkpoints, seed: seed)
    let own = rung.operations(of: trials[trial], data.size)
    var results: [TrialResult] = []
    for (number, fold) in folds.enumerated() {
      if let known = journal.result(ofTrial: trial, round: round, fold: number) {
        results.append(known)
        continue
      }
      let result = try attempt.run(on: fold, data, threads: threads) { [bar, trials] share in
        let done = (Double(number) + share) / Double(rung.folds)
        bar(clock.share(with: done * own), "trial \(trial + 1) of \(trials.count), \(trials[trial].family.rawValue)")
      }
      try journal.add(result, ofTrial: trial, round: round, fold: number)
      results.append(result)
    }
    return TrialResult(meanOf: results)
  }

  private func description(of rung: Rung, _ round: Int) -> String {
    let part = rung.share < 1 ? "on \(decimals(100 * rung.share, 0)) % of the queries" : "on all queries"
    let folds = rung.folds > 1 ? ", each by \(rung.folds) held-out parts" : ""
    return "round \(round + 1) of \(rungs.count): \(rung.trials) trials \(part)\(folds)"
  }
}
