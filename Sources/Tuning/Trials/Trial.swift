import CanonicalJSON
import Evaluation
import ModelTraining
import StageKit
import TwoTower

/// A trial on one held-out part.
struct Trial {
  let params: TrialParams
  let options: ModelOptions
  /// The numbers of epochs after which it is judged, rising.
  let checkpoints: [Int]

  /// Checkpoints in a row without a better value before training stops.
  static let patience = 2

  /// - Throws: the error of a param that `train` refuses.
  init(_ params: TrialParams, checkpoints: [Int], seed: UInt64) throws {
    self.params = params
    self.checkpoints = checkpoints
    options = try ModelOptions.with(params.params(epochs: checkpoints.last ?? 1, seed: seed))
  }

  /// Trains and judges.
  ///
  /// - Parameter step: called after each step with the share that is done.
  /// - Returns: a failure if training failed; it says nothing about other trials.
  func run(on fold: TuningFold, _ data: TuningData, threads: Int, step: @escaping (Double) -> Void) throws
    -> TrialResult
  {
    var judged: [TrialResult.Checkpoint] = []
    do {
      let training = try data.training(options, on: fold, threads: threads)
      var listener = TrainingListener()
      listener.batch = { step($0.share) }
      listener.epoch = { number, _ in
        guard checkpoints.contains(number) else { return }
        judged.append(
          TrialResult.Checkpoint(epochs: number, estimate: try fold.validation.estimate(training.current)))
        let best = judged.indices.max { judged[$0].estimate.value < judged[$1].estimate.value } ?? 0
        if judged.count - 1 - best >= Self.patience { throw Stop() }
      }
      do { _ = try training.train(listener) } catch is Stop {}
      return TrialResult(judged)
    } catch let error as TwoTowerError where error.dependsOnParams {
      return TrialResult(judged, failure: "\(error)")
    }
  }

  /// Ends a training that gets no better.
  private struct Stop: Error {}
}
