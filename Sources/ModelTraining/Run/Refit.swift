import ArgumentParser
package import Artifacts
import CanonicalJSON
package import StageKit
import SystemFiles
import TwoTower

/// A refit: a model made by the recipe of a judged one from other rows, such as all of them before it is served.
package struct Refit<MakingStage: Stage> {
  /// The digest of the judged model.
  package let judged: Digest
  /// The stage with the judged model's params.
  package var stage: MakingStage
  /// The number of epochs of the judged model; `nil` for a model that is not trained epoch by epoch.
  package let epochs: Int?
  /// The members of the judged model, with their epochs; `nil` where it is a model alone.
  package let ensemble: EnsembleRecipe?
  /// The judged model's inputs and params.
  package let lineage: Lineage

  /// - Parameter asked: as the command line has it: with no params of its own.
  package init(_ file: ArtifactFile, asked: MakingStage) throws {
    lineage = file.header.lineage
    guard lineage.stage == MakingStage.name, lineage.stageVersion == MakingStage.version else {
      throw Self.otherProgram(found: "\(lineage.stage) \(lineage.stageVersion)")
    }
    try asked.requireDefaults("with the input \"recipe\" all params are the judged model's; leave them out")
    judged = file.digest
    epochs = try naming(file.path) { try Recipe(file.header.schema["recipe"]).epochs }
    ensemble = try naming(file.path) { try file.header.schema[EnsembleRecipe.field].map { try EnsembleRecipe($0) } }
    do { stage = try MakingStage.with(lineage.params) } catch {
      // An earlier build of the program may have had other params.
      throw Self.otherProgram(
        found: "\(lineage.stage) \(lineage.stageVersion) with params that this build of it does not take")
    }
  }

  private static func otherProgram(found: String) -> ModelTrainingError {
    .otherProgram(found: found, expected: "\(MakingStage.name) \(MakingStage.version)")
  }

  /// The lineage of the refit's outputs: the judged model's params, and inputs of its own.
  package func lineage(in context: StageContext) throws -> Lineage {
    var lineage = try context.lineage()
    lineage.params = self.lineage.params
    return lineage
  }

  package var description: String {
    let what = ensemble.map { "\($0.members.count) members" } ?? epochs.map { "\($0) epochs" }
    return "refit of model \(judged.hexadecimal.prefix(12)): \(what ?? "of its members' refits")"
  }
}
