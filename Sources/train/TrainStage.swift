import ArgumentParser
import Artifacts
import CanonicalJSON
import Evaluation
import Features
import Interactions
import ModelTraining
import StageKit
import TwoTower

@main
struct TrainStage: Stage {
  static let name = TunedRecipe.program.name
  static let version = TunedRecipe.program.version
  static let summary = "Train a query tower and a candidate tower."
  static let inputs = [
    Port("train", Interactions.type), Port("vocabularies", Vocabularies.type),
    Port("validation", Interactions.type, optional: true), Port("history", Interactions.type, optional: true),
    Port("state", TrainingState.type, optional: true), Port("recipe", Model.type, or: TunedRecipe.type, optional: true),
  ]
  static let outputs = [Port("model", Model.type), Port("state", TrainingState.type, optional: true)]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @OptionGroup(title: "Looking on")
  var look: LookOptions

  @OptionGroup(title: "Memory")
  var memory: PairMemoryOptions

  @OptionGroup var training: ModelOptions

  @OptionGroup(title: "Positives")
  var threshold: ThresholdOptions

  @OptionGroup(title: "Weights")
  var weights: PairWeightOptions

  @OptionGroup(title: "Early stopping")
  var stopping: StoppingOptions

  @OptionGroup(title: "Unknown queries and popularity")
  var unknownQuery: UnknownQueryOptions

  @OptionGroup(title: "Histories of item-to-item models")
  var histories: HistoryOptions

  func validate() throws {
    let method = try training.method
    if method.rating != nil, threshold.isGiven {
      throw ValidationError(
        "--threshold: would hide low ratings from the head of --rating, which must learn them; leave one of them out")
    }
    let hasBatches = type(of: method).hasBatches
    if look.audit, !hasBatches {
      throw ValidationError(
        "--audit: shows a batch of pairs, and --objective=\(training.objective.rawValue) has none; leave it out")
    }
  }

  func check(_ given: GivenPorts) throws {
    // With a recipe params are those of the recipe.
    guard !given.inputs.contains("recipe") else { return }
    try checkParts(
      hasValidation: given.inputs.contains("validation"), hasHistory: given.inputs.contains("history"), isRefit: false)
  }

  private func checkParts(hasValidation: Bool, hasHistory: Bool, isRefit: Bool) throws {
    if stopping.patience != nil, !hasValidation, !isRefit {
      throw ValidationError("--patience: give --input validation=FILE, which says when to stop")
    }
    if !hasValidation, hasHistory {
      throw ValidationError(
        "--input history: is about queries of the validation part; give --input validation=FILE too")
    }
  }

  func run(in context: StageContext) throws {
    guard let recipe = try context.optionalInput("recipe") else {
      // A search has decided whether features are worth reading.
      for line in try DeclaredFeatures(context.input("vocabularies")).unread(by: training.method) { context.note(line) }
      return try train(context, lineage: context.lineage(), refit: nil)
    }
    if recipe.header.type == TunedRecipe.type.name { return try train(TunedRecipe(recipe), context) }
    var refit = try Refit(recipe, asked: self)
    try refit.check(context)
    context.note(refit.description)
    refit.stage.look = look
    try refit.stage.validate()
    refit.stage.memory = memory
    refit.stage.stopping.patience = nil
    if let ensemble = refit.ensemble {
      return try refit.stage.train(
        ensemble, context, lineage: refit.lineage(in: context), refitOf: refit.judged)
    }
    try refit.stage.train(context, lineage: refit.lineage(in: context), refit: refit)
  }

  /// Trains with the params that a search found.
  private func train(_ recipe: TunedRecipe, _ context: StageContext) throws {
    try requireDefaults(
      "with the input \"recipe\" all params are those that were found; leave them out, or give them to the stage tune")
    var stage = try TrainStage.with(recipe.params)
    stage.look = look
    try stage.validate()
    stage.memory = memory
    context.note("recipe: \(recipe.description)")
    var lineage = try context.lineage()
    lineage.params = stage.params
    if let ensemble = recipe.ensemble {
      lineage.params = stage.paramsOfData.merging(["dimension": JSON(ensemble.dimension)]) { $1 }
      return try stage.train(ensemble, context, lineage: lineage, refitOf: nil)
    }
    try stage.train(context, lineage: lineage, refit: nil)
  }

  private func train(_ context: StageContext, lineage: Lineage, refit: Refit<TrainStage>?) throws {
    let described = try context.input("vocabularies")
    let vocabularies = try Vocabularies(described)
    let held = try validationPart(context, isRefit: refit != nil)
    let method = try training.method
    if let rating = method.rating, rating.isAlone, held != nil {
      throw ValidationError(
        "--input validation: judges retrieval, which is not trained with --retrieval-weight=0; leave it out")
    }
    let contextFeatures = method.readsContext ? try DeclaredFeatures(described).contextIfAny : nil
    let data = try trainingData(
      context, vocabularies, timesFor: training.timesNeededFor, rating: method.rating, context: contextFeatures)
    var settings = try training.settings(threads: context.threads, scratchFolder: context.work)
    settings.length.patience = stopping.patience
    settings.length.lastEpoch = refit?.epochs
    settings.times = data.times
    settings.ratings = data.ratings
    settings.contexts = data.contexts
    for line in data.contexts?.gaps ?? [] { context.note(line) }
    for side in method.sidesWithFeatures { settings.encoded[side] = try EncodedVocabulary(side, of: described) }
    let trainer = try training.training(vocabularies, data.pairs, settings)
    trainer.trained = try TrainedRows(
      data.pairs, queryRows: vocabularies.query.rows, candidateRows: vocabularies.candidate.rows)
    context.note("\(trainer.dataDescription), \(data.left)")
    if let state = try context.optionalInput("state") {
      context.note("warm start: \(try trainer.warmStart(from: state))")
    }
    if let left = trainer.trained.flatMap({ vocabularies.left(out: $0) }) { context.note(left) }
    if look.audit { for line in try trainer.auditLines() { context.note(line) } }
    let validation = try held.map {
      try self.validation($0, vocabularies, data, trainer.trained, context, contextFeatures)
    }
    let run = try TrainingRun(
      trainer, metric: stopping.metric, tensorBoard: look.tensorboard, context: context, folder: context.work,
      lineage: lineage)
    let epochs = try run.run(validation?.callAsFunction)
    let outcome = try TrainingOutcome(
      trainer, epochs, data, histories: histories, validationMetric: stopping.stopMetric)
    for warning in outcome.warnings { context.note(warning) }
    try outcome.model.publish(
      to: context.output("model"), lineage: lineage, summary: outcome.summary(refitOf: refit?.judged))
    if let path = context.optionalOutput("state") { try trainer.publish(to: path, lineage: lineage) }
  }

  /// Params that no member of an ensemble has of its own.
  private var paramsOfData: [String: JSON] {
    [threshold.params, weights.params, stopping.params, unknownQuery.params].reduce(into: [:]) { all, group in
      all.merge(group) { $1 }
    }
  }

  func trainingData(
    _ context: StageContext, _ vocabularies: Vocabularies, timesFor: String? = nil, rating: RatingColumn? = nil,
    context features: FeatureSet? = nil
  ) throws -> TrainingData {
    try TrainingData(
      context, vocabularies, threshold: threshold, sampleWeight: weights.sampleWeight, scale: weights.sampleWeightScale,
      unknownQuery: unknownQuery, memory: memory, timesFor: timesFor, rating: rating, context: features)
  }

  func validation(
    _ held: Interactions, _ vocabularies: Vocabularies, _ data: TrainingData, _ trained: TrainedRows?,
    _ context: StageContext, _ contextFeatures: FeatureSet? = nil
  ) throws -> Validation {
    try Validation(
      stopping.metric, held: held, known: context.optionalInput("history").map { try Interactions($0) }, vocabularies,
      data.pairs, trained: trained, popularity: data.popularity, contextFeatures: contextFeatures,
      threads: context.threads)
  }

  func validationPart(_ context: StageContext, isRefit: Bool) throws -> Interactions? {
    let held = try context.optionalInput("validation").map { try Interactions($0) }
    try checkParts(
      hasValidation: held != nil, hasHistory: context.optionalInput("history") != nil, isRefit: isRefit)
    return held
  }
}
