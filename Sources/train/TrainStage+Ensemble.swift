import ArgumentParser
import Artifacts
import Interactions
import ModelTraining
import StageKit
import TwoTower

extension TrainStage {
  /// Trains the members of a recipe in turn, and puts them into one pair of towers.
  ///
  /// - Parameter judged: the model whose recipe this is a refit by, if it is one.
  func train(
    _ recipe: EnsembleRecipe, _ context: StageContext, lineage: Lineage, refitOf judged: Digest?
  ) throws {
    try check(recipe, context)
    let vocabularies = try Vocabularies(context.input("vocabularies"))
    let held = try validationPart(context, isRefit: judged != nil)
    let data = try trainingData(context, vocabularies, timesFor: recipe.timesNeededFor)
    let trained = try TrainedRows(
      data.pairs, queryRows: vocabularies.query.rows, candidateRows: vocabularies.candidate.rows)
    context.note("\(data.pairs.count) pairs, \(data.left)")
    if let left = vocabularies.left(out: trained) { context.note(left) }
    let validation = try held.map { try self.validation($0, vocabularies, data, trained, context) }
    let training = try EnsembleTraining(
      recipe, data, trained: trained, metric: stopping.metric, tensorBoard: look.tensorboard, context: context,
      lineage: lineage)
    let members = try training.members(vocabularies, validation?.callAsFunction)
    var made = recipe
    for (place, member) in members.enumerated() { made.members[place].epochs = member.recipe.epochs }
    // Members are without the rows that training has no pairs for, and so are the pairs that they are compared by.
    let known = members[0].vocabularies
    let learnt = known == vocabularies ? data : try trainingData(context, known)
    let outcome = try EnsembleOutcome(
      Ensemble(
        members, weights: recipe.members.map(\.weight), vocabularies: known,
        names: members.indices.map { "member \($0 + 1)" }), members, learnt.pairs, dimension: recipe.dimension,
      about: [.list(title: "members", items: made.members.map(\.description))]
        + (judged.map { [.fact("refit of", $0.hexadecimal)] } ?? []), threads: context.threads)
    for line in outcome.lines { context.note(line) }
    let popular = learnt.popularity?.added(to: outcome.model) ?? outcome.model
    try histories.applied(to: popular).publish(
      to: context.output("model"), lineage: lineage, summary: outcome.summary,
      fields: [EnsembleRecipe.field: made.json])
    training.forget()
  }

  /// Refuses what only a model alone can do.
  private func check(_ recipe: EnsembleRecipe, _ context: StageContext) throws {
    let reason =
      "the recipe has \(recipe.members.count) members, and this is for a model alone; leave it out, or give the stage "
      + "tune ensemble: false"
    if look.audit { throw ValidationError("--audit: \(reason)") }
    if try context.optionalInput("state") != nil { throw ValidationError("--input state: \(reason)") }
    if context.optionalOutput("state") != nil { throw ValidationError("--output state: \(reason)") }
  }
}
