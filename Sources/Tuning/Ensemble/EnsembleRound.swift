import DisplayText
import Evaluation
import ModelTraining
import TwoTower

/// The last round of a search: the best trial of each family once more, put together with several weights.
///
/// All weights are judged with the members side by side, and the best once more in the dimension of the recipe.
struct EnsembleRound {
  let data: TuningData
  /// The first is the best of all.
  let members: [EnsembleMember]
  let share: Double
  let folds: Int
  let seed: UInt64
  let threads: Int

  /// The most dimensions of the recipe's towers, as many as the widest single models have.
  static let dimension = 256
  /// Floating-point operations of the round, some two minutes of two cores.
  static let operations = 12e12

  /// - Parameter rung: the last of the search, on whose share and parts the round runs, or on a smaller share where
  ///   that costs too much.
  init(
    _ data: TuningData, _ members: [EnsembleMember], after rung: Rung, seed: UInt64, threads: Int
  ) {
    self.data = data
    self.members = members
    self.seed = seed
    self.threads = threads
    let cost = Self.operations(members, data.size, share: rung.share, folds: rung.folds)
    // Of data that are small all is taken anyway.
    let scale = rung.share < 1 || rung.folds == 1 ? min(1, Self.operations / max(cost, 1)) : 1
    let least = min(1, Rung.heldPairs / Double(max(data.heldCount, 1)))
    share = min(max(rung.share * scale, least), 1)
    folds = rung.folds
  }

  private static func operations(
    _ members: [EnsembleMember], _ size: DataSize, share: Double, folds: Int
  ) -> Double {
    let sample = size.share(share)
    let training = members.reduce(0) { $0 + $1.operations(sample) }
    let columns = members.reduce(0) { $0 + $1.trial.dimension }
    let judging = sample.scoring(dimension: columns) * Double(Combination.weights(members: members.count).count + 1)
    return Double(folds) * (training + judging)
  }

  /// Floating-point operations, about.
  var operations: Double { Self.operations(members, data.size, share: share, folds: folds) }

  /// - Parameters:
  ///   - work: has the results that are there, and is shared with other processes.
  ///   - note: takes a line for people.
  /// - Returns: nil where no combination could be judged.
  func run(_ work: SharedWork, note: (String) -> Void) throws -> EnsembleRoundOutcome? {
    let weights = Combination.weights(members: members.count)
    var models: [Int: [Model]] = [:]
    let parts: [[Combination]] = try work.results(
      of: (0..<folds).map { .combinations(part: $0) }, isUsable: { $0.map(\.weights) == weights },
      make: { number in
        let fold = try data.fold(number, share: share, threads: threads)
        let trained = try members.map { try $0.train(on: fold, data, seed: seed, threads: threads) }
        models[number] = trained
        let alone = fold.validation.judgement(ofPublished: trained[0])
        return try weights.map { weights in
          try judge(ensemble(trained, weights).whole, weights, fold, alone)
        }
      })
    let combinations = weights.indices.compactMap { place in Combination(meanOf: parts.map { $0[place] }) }
    guard let best = combinations.max(by: { $0.estimate.value < $1.estimate.value }) else { return nil }
    note("\(description(best)) side by side")
    let compressed: [Combination] = try work.results(
      of: (0..<folds).map { .towers(part: $0) }, isUsable: { $0.weights == best.weights },
      make: { number in
        let fold = try data.fold(number, share: share, threads: threads)
        let trained = try models[number] ?? members.map { try $0.train(on: fold, data, seed: seed, threads: threads) }
        let alone = fold.validation.judgement(ofPublished: trained[0])
        let towers = try ensemble(trained, best.weights).compressed(to: dimension(best.weights), threads: threads).model
        return try judge(towers, best.weights, fold, alone)
      })
    guard let chosen = Combination(meanOf: compressed) else { return nil }
    note("\(description(chosen)) in \(dimension(best.weights)) dimensions")
    return EnsembleRoundOutcome(
      members: members, combinations: combinations, best: chosen, dimension: dimension(best.weights), share: share,
      folds: folds, seed: seed)
  }

  /// The ensemble of the members that take part.
  private func ensemble(_ trained: [Model], _ weights: [Double]) throws -> Ensemble {
    let taking = weights.indices.filter { weights[$0] > 0 }
    return try Ensemble(
      taking.map { trained[$0] }, weights: taking.map { weights[$0] }, vocabularies: trained[0].vocabularies,
      names: taking.map { members[$0].trial.family.rawValue })
  }

  private func judge(
    _ model: Model, _ weights: [Double], _ fold: TuningFold, _ alone: Judgement
  ) throws -> Combination {
    let judgement = fold.validation.judgement(ofPublished: model)
    return Combination(
      weights: weights, estimate: try fold.validation.estimate(of: judgement),
      lead: try fold.validation.difference(of: judgement, from: alone))
  }

  private func dimension(_ weights: [Double]) -> Int {
    let columns = weights.indices.reduce(0) { $0 + (weights[$1] > 0 ? members[$1].trial.dimension : 0) }
    return min(Self.dimension, columns)
  }

  private func description(_ combination: Combination) -> String {
    "\(EnsembleRoundOutcome.names(members, combination.weights)): \(data.metric.name) "
      + "\(decimals(combination.estimate.value, 4)), \(combination.lead.text) against \(members[0].trial.name) alone"
  }
}
