import ArgumentParser
import Artifacts
import CanonicalJSON
import StageKit
import TwoTower

/// A training by the recipe of a judged model, on other rows: on everything, before the model is served.
struct Refit {
  /// Of the judged model.
  let judged: Digest
  /// With the judged model's params.
  let stage: TrainStage
  /// What the judged model was trained for, whatever chose that; nil of an ensemble, which has no epochs.
  let epochs: Int?
  /// Digests of the judged model's inputs.
  let inputs: [String: Digest]

  enum Refusal: Error, CustomStringConvertible {
    case otherProgram(String, version: Int)
    case noEpochs
    case otherState

    var description: String {
      switch self {
      case .otherProgram(let stage, let version):
        "the input \"recipe\" was made by \(stage) \(version), and this is \(TrainStage.name) \(TrainStage.version); "
          + "train and judge it again"
      case .noEpochs: "the input \"recipe\" does not say how many epochs it was trained; train and judge it again"
      case .otherState:
        "the judged model and this one must go on from the same state, or both from none; give the same input \"state\""
      }
    }
  }

  /// - Parameter asked: as the command line has it: with no params of its own.
  init(_ file: ArtifactFile, asked: TrainStage, _ context: StageContext) throws {
    let lineage = file.header.lineage
    guard lineage.stage == TrainStage.name, lineage.stageVersion == TrainStage.version else {
      throw Refusal.otherProgram(lineage.stage, version: lineage.stageVersion)
    }
    let given = asked.changedParams.map { "--\($0)" }
    guard given.isEmpty else {
      throw ValidationError(
        "\(given.joined(separator: ", ")): with the input \"recipe\" all params are the judged model's; leave them out")
    }
    for name in ["validation", "history"] where try context.optionalInput(name) != nil {
      throw ValidationError("--input \(name): a refit trains as long as the judged model was trained; leave it out")
    }
    guard try context.optionalInput("state")?.digest == lineage.inputs["state"] else { throw Refusal.otherState }
    judged = file.digest
    inputs = lineage.inputs
    epochs = try Recipe(file.header.schema["recipe"]).epochs
    var stage = try TrainStage.with(lineage.params)
    guard epochs != nil || stage.objective == .ensemble else { throw Refusal.noEpochs }
    stage.look = asked.look
    stage.control.patience = nil
    self.stage = stage
  }

  var told: String {
    "refit of model \(judged.hexadecimal.prefix(12)): \(stage.objective.rawValue), "
      + "\(epochs.map { "\($0) epochs" } ?? "of its members' refits")"
  }
}
