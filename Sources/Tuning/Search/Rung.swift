/// A round of successive halving (Jamieson & Talwalkar, "Non-stochastic Best Arm Identification", AISTATS 2016): so many
/// trials are run on so much, and the best third goes on to the next round, which has three times as much.
package struct Rung: Sendable, Equatable {
  /// Number of trials that take part.
  package let trials: Int
  /// Share of the queries, with all of their pairs.
  package let share: Double
  /// Number of held-out parts, each of which a trial is judged by.
  package let folds: Int
  /// Share of a family's checkpoints that are reached.
  package let checkpointShare: Double

  package init(trials: Int, share: Double, folds: Int, checkpointShare: Double = 1) {
    self.trials = trials
    self.share = share
    self.folds = folds
    self.checkpointShare = checkpointShare
  }

  /// Returns the first of `checkpoints`, as many as this round has, and at least one.
  func checkpoints(_ checkpoints: [Int]) -> [Int] {
    Array(checkpoints.prefix(max(Int((Double(checkpoints.count) * checkpointShare).rounded(.up)), 1)))
  }

  /// Trials of each round: a third of the round before, until at most three are left.
  static func survivors(of trials: Int) -> [Int] {
    var counts = [trials]
    while let last = counts.last, last > 3 { counts.append((last + 2) / 3) }
    return counts
  }

  /// Fewer held-out pairs than this rank no trials.
  static let heldPairs = 3000.0
  /// Floating-point operations of a whole search, some ten minutes of two cores.
  static let operations = 60e12

  /// The rounds of a search, by the sizes of the data alone, so that they are the same on any machine.
  ///
  /// Where the data is so small that every round can have all of it, each further round has one more held-out part
  /// instead, since there it is chance that decides. Otherwise rounds have samples, so that the search costs about
  /// `operations`.
  ///
  /// - Parameters:
  ///   - held: number of held-out pairs.
  ///   - hasFolds: `true` if further parts can be held out.
  package static func plan(
    _ trials: [TrialParams], _ size: DataSize, held: Int, hasFolds: Bool
  ) -> [Rung] {
    let counts = survivors(of: trials.count)
    let least = min(1, heldPairs / Double(max(held, 1)))
    func rungs(_ share: (_ round: Int) -> Double, folds: (_ round: Int) -> Int) -> [Rung] {
      counts.indices.map { round in
        Rung(
          trials: counts[round], share: share(round), folds: folds(round),
          checkpointShare: round == 0 && counts.count > 1 ? 0.5 : 1)
      }
    }
    func samples(_ scale: Double) -> [Rung] {
      rungs(
        { round in
          let share = (round + 1..<counts.count).reduce(scale) { share, _ in share / 3 }
          return min(max(share, least), 1)
        }, folds: { _ in 1 })
    }
    func cost(_ rungs: [Rung]) -> Double { rungs.reduce(0) { $0 + $1.operations(among: trials, size) } }
    let whole = rungs({ _ in 1 }, folds: { hasFolds ? $0 + 1 : 1 })
    return cost(whole) <= operations ? whole : samples(min(1, operations / max(cost(samples(1)), 1)))
  }

  /// Floating-point operations of the round, if its trials are like the mean of `trials`.
  func operations(among trials: [TrialParams], _ size: DataSize) -> Double {
    let mean = trials.reduce(0) { $0 + operations(of: $1, size) } / Double(max(trials.count, 1))
    return mean * Double(min(self.trials, trials.count))
  }

  /// Floating-point operations of a trial, with all held-out parts.
  func operations(of trial: TrialParams, _ size: DataSize) -> Double {
    let (family, sample) = (trial.family.family, size.share(share))
    let checkpoints = checkpoints(family.checkpoints)
    return Double(folds)
      * (Double(checkpoints.last ?? 0) * family.operations(sample, trial.params)
        + Double(checkpoints.count) * sample.scoring(dimension: trial.dimension))
  }
}
