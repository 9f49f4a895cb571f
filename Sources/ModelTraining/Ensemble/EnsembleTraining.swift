package import Artifacts
import DisplayText
package import Evaluation
import Features
package import Interactions
package import StageKit
import SystemFiles
package import TwoTower

/// Trains the members of a recipe in turn, to be put into one pair of towers.
///
/// A killed run goes on after the last finished member, and within one from its checkpoint.
package struct EnsembleTraining {
  private let recipe: EnsembleRecipe
  private let data: TrainingData
  private let trained: TrainedRows
  private let metric: MetricAtK
  private let tensorBoard: String?
  private let context: StageContext
  private let lineage: Lineage

  /// - Parameters:
  ///   - trained: the rows that the towers will have.
  ///   - metric: that the validation is named by.
  ///   - tensorBoard: a folder in which each member gets one for its log, if one is asked for.
  ///   - lineage: of the outcome; what a killed run left under another is not gone on from.
  package init(
    _ recipe: EnsembleRecipe, _ data: TrainingData, trained: TrainedRows, metric: MetricAtK, tensorBoard: String?,
    context: StageContext, lineage: Lineage
  ) {
    self.recipe = recipe
    self.data = data
    self.trained = trained
    self.metric = metric
    self.tensorBoard = tensorBoard
    self.context = context
    self.lineage = lineage
  }

  /// The trained members, in the order of the recipe.
  ///
  /// - Parameter validation: judges each member after each epoch, if there is a validation part.
  package func members(
    _ vocabularies: Vocabularies, _ validation: ((Model) throws -> Double)?
  ) throws -> [Model] {
    try recipe.members.indices.map { place in
      let member = recipe.members[place]
      context.note("member \(place + 1) of \(recipe.members.count), \(member.description)")
      if let kept = try finished(place) {
        context.note("was trained before this run was stopped")
        return kept
      }
      let model = try train(place, vocabularies, validation)
      if let path = path(place) {
        try Files.makeFolders(Files.folder(of: path))
        try model.publish(to: path, lineage: memberLineage(place), summary: Summary([]))
      }
      return model
    }
  }

  /// Removes what a killed run would go on from.
  package func forget() {
    for place in recipe.members.indices { if let path = path(place) { Files.remove(path) } }
  }

  private func train(
    _ place: Int, _ vocabularies: Vocabularies, _ validation: ((Model) throws -> Double)?
  ) throws -> Model {
    let member = recipe.members[place]
    let options = try ModelOptions.with(member.params)
    var settings = try options.settings(threads: context.threads, scratchFolder: context.work)
    settings.length.lastEpoch = member.epochs
    settings.times = data.times
    for side in try options.method.sidesWithFeatures {
      settings.encoded[side] = try EncodedVocabulary(side, of: context.input("vocabularies"))
    }
    let trainer = try options.training(vocabularies, data.pairs, settings)
    trainer.trained = trained
    let epochs = try TrainingRun(
      trainer, metric: metric, tensorBoard: tensorBoard.map { "\($0)/member-\(place + 1)" }, context: context,
      folder: context.work.map { "\($0)/member-\(place + 1)" }, lineage: memberLineage(place)
    ).run(validation)
    let outcome = try TrainingOutcome(trainer, epochs, data, histories: nil, validationMetric: metric.name)
    for warning in outcome.warnings { context.note(warning) }
    return outcome.model
  }

  /// The file in which a finished member waits for the others.
  private func path(_ place: Int) -> String? { context.work.map { "\($0)/member-\(place + 1).tandem" } }

  private func memberLineage(_ place: Int) -> Lineage {
    var own = lineage
    own.params.merge(recipe.members[place].params) { $1 }
    return own
  }

  private func finished(_ place: Int) throws -> Model? {
    guard let path = path(place), let file = try? ArtifactFile(path: path, type: Model.type),
      file.header.lineage == memberLineage(place)
    else { return nil }
    return try Model(file)
  }
}
