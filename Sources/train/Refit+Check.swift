import ArgumentParser
import Artifacts
import ModelTraining
import StageKit

extension Refit<TrainStage> {
  /// Refuses inputs that a refit has no use for, and a judged model that does not say how long it was trained.
  func check(_ context: StageContext) throws {
    for name in ["validation", "history"] where try context.optionalInput(name) != nil {
      throw ValidationError("--input \(name): a refit trains as long as the judged model was trained; leave it out")
    }
    guard try context.optionalInput("state")?.digest == lineage.inputs["state"] else {
      throw ModelTrainingError.otherState
    }
    guard epochs != nil || ensemble != nil else { throw ModelTrainingError.noEpochs }
  }
}
