import ModelTraining
import StageKit
import TwoTower

/// The best trial of a family, which may become a member of an ensemble.
package struct EnsembleMember: Sendable, Equatable {
  let trial: TrialParams
  /// The number of epochs after which it was best.
  let epochs: Int

  /// The best trial of each family, the best of all first; families without one are left out.
  ///
  /// - Parameter trials: the best first.
  static func best(of trials: [TrialOutcome]) -> [EnsembleMember] {
    var families: Set<FamilyName> = []
    return trials.compactMap { trial in
      guard let best = trial.best, families.insert(trial.params.family).inserted else { return nil }
      return EnsembleMember(trial: trial.params, epochs: best.epochs)
    }
  }

  /// Floating-point operations of its training.
  func operations(_ size: DataSize) -> Double {
    Double(epochs) * trial.family.family.operations(size, trial.params)
  }

  /// The model over the rows that training reaches.
  ///
  /// - Throws: the error of a training that fails.
  func train(on fold: TuningFold, _ data: TuningData, seed: UInt64, threads: Int) throws -> Model {
    let options = try ModelOptions.with(trial.params(epochs: epochs, seed: seed))
    let training = try data.training(options, on: fold, threads: threads)
    _ = try training.train(TrainingListener())
    return training.result
  }
}
