import ArgumentParser
import Artifacts
import CanonicalJSON
import Evaluation
import Interactions
import ModelTraining
import StageKit
import TwoTower

@main
struct TrainStage: Stage {
  static let name = "train"
  static let version = 6
  static let summary = "Train a query tower and a candidate tower."
  static let inputs = [
    Port("train", Interactions.type), Port("vocabularies", Vocabularies.type),
    Port("validation", Interactions.type, optional: true), Port("history", Interactions.type, optional: true),
    Port("state", TrainingState.type, optional: true), Port("recipe", Model.type, optional: true),
  ]
  static let outputs = [Port("model", Model.type), Port("state", TrainingState.type, optional: true)]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @OptionGroup(title: "Looking on")
  var look: LookOptions

  @OptionGroup(title: "Memory")
  var memory: PairMemoryOptions

  @Option(help: ArgumentHelp("Training method.", valueName: "name"))
  var objective = ObjectiveName.softmax

  @Option(help: ArgumentHelp("Length of an embedding.", valueName: "number"))
  var dimension = 32

  @Option(help: ArgumentHelp("Number of epochs.", valueName: "number"))
  var epochs = 3

  @Option(help: ArgumentHelp("Random seed of initial embeddings and batches.", valueName: "number"))
  var seed: UInt64 = 42

  @OptionGroup(title: "--objective=softmax")
  var softmax: SoftmaxMethod

  @OptionGroup(title: "--objective=ials")
  var implicitALS: ImplicitALSMethod

  @OptionGroup(title: "--objective=linear-autoencoder")
  var linearAutoencoder: LinearAutoencoderMethod

  @OptionGroup(title: "Positives")
  var threshold: ThresholdOptions

  @OptionGroup(title: "Weights")
  var weights: PairWeightOptions

  @OptionGroup(title: "Early stopping")
  var stopping: StoppingOptions

  @OptionGroup(title: "Unknown queries and popularity")
  var unknownQuery: UnknownQueryOptions

  /// The method of `objective`.
  private var method: any TrainingMethod {
    get throws { try [softmax, implicitALS, linearAutoencoder].chosen(objective) }
  }

  func validate() throws {
    guard 1...4096 ~= dimension else { throw ValidationError("--dimension is \(dimension); give 1 to 4096") }
    guard epochs > 0 else { throw ValidationError("--epochs is \(epochs); give at least 1") }
    let hasBatches = try type(of: method).hasBatches
    if look.audit, !hasBatches {
      throw ValidationError(
        "--audit: shows a batch of pairs, and --objective=\(objective.rawValue) has none; leave it out")
    }
  }

  func run(in context: StageContext) throws {
    guard let recipe = try context.optionalInput("recipe") else {
      return try train(context, lineage: context.lineage(), refit: nil)
    }
    var refit = try Refit(recipe, asked: self)
    try refit.check(context)
    context.note(refit.description)
    refit.stage.look = look
    try refit.stage.validate()
    refit.stage.memory = memory
    refit.stage.stopping.patience = nil
    try refit.stage.train(context, lineage: refit.lineage(in: context), refit: refit)
  }

  private func train(_ context: StageContext, lineage: Lineage, refit: Refit<TrainStage>?) throws {
    let vocabularies = try Vocabularies(context.input("vocabularies"))
    let held = try validationPart(context, isRefit: refit != nil)
    let data = try TrainingData(
      context, vocabularies, threshold: threshold, weighting: weights.weighting, unknownQuery: unknownQuery,
      memory: memory)
    let trainer = try method.training(vocabularies, data.pairs, settings(context, lastEpoch: refit?.epochs))
    trainer.trained = try TrainedRows(
      data.pairs, queryRows: vocabularies.query.rows, candidateRows: vocabularies.candidate.rows)
    context.note("\(trainer.dataDescription), \(data.left)")
    if let state = try context.optionalInput("state") {
      context.note("warm start: \(try trainer.warmStart(from: state))")
    }
    if let left = trainer.trained.flatMap({ vocabularies.left(out: $0) }) { context.note(left) }
    if look.audit { for line in try trainer.auditLines() { context.note(line) } }
    let validation = try held.map {
      try Validation(
        stopping.metric, held: $0, known: context.optionalInput("history").map { try Interactions($0) }, vocabularies,
        data.pairs, trained: trainer.trained, popularity: data.popularity, threads: context.threads)
    }
    let run = try TrainingRun(
      trainer, metric: stopping.metric, tensorBoard: look.tensorboard, context: context, lineage: lineage)
    let epochs = try run.run(validation?.callAsFunction)
    let outcome = try TrainingOutcome(trainer, epochs, data, validationMetric: stopping.stopMetric)
    for warning in outcome.warnings { context.note(warning) }
    try outcome.model.publish(
      to: context.output("model"), lineage: lineage, summary: outcome.summary(refitOf: refit?.judged))
    if let path = context.optionalOutput("state") { try trainer.publish(to: path, lineage: lineage) }
  }

  private func validationPart(_ context: StageContext, isRefit: Bool) throws -> Interactions? {
    let held = try context.optionalInput("validation").map { try Interactions($0) }
    if stopping.patience != nil, held == nil, !isRefit {
      throw ValidationError("--patience: give --input validation=FILE, which says when to stop")
    }
    if held == nil, try context.optionalInput("history") != nil {
      throw ValidationError(
        "--input history: is about queries of the validation part; give --input validation=FILE too")
    }
    return held
  }

  private func settings(_ context: StageContext, lastEpoch: Int?) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.dimension = dimension
    settings.epochs = epochs
    settings.seed = seed
    settings.patience = stopping.patience
    settings.lastEpoch = lastEpoch
    settings.threads = context.threads
    settings.scratchFolder = context.work
    return settings
  }
}

extension Refit<TrainStage> {
  /// Refuses inputs that a refit has no use for, and a judged model that does not say how long it was trained.
  fileprivate func check(_ context: StageContext) throws {
    for name in ["validation", "history"] where try context.optionalInput(name) != nil {
      throw ValidationError("--input \(name): a refit trains as long as the judged model was trained; leave it out")
    }
    guard try context.optionalInput("state")?.digest == lineage.inputs["state"] else { throw RefitError.otherState }
    guard epochs != nil else { throw RefitError.noEpochs }
  }
}

/// What a person may want to see of a training, which changes nothing of its outcome.
struct LookOptions: OutsideTheKey {
  @Flag(help: "Print one batch's scores before and after each correction.")
  var audit = false

  @Option(help: ArgumentHelp("Write losses, rates and validation there for TensorBoard.", valueName: "folder"))
  var tensorboard: String?
}
