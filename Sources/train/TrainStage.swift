import ArgumentParser
import Artifacts
import CanonicalJSON
import Evaluation
import Interactions
import Kernels
import StageKit
import Tables
import TwoTower

@main
struct TrainStage: Stage {
  static let name = "train"
  static let version = 6
  static let summary = "Train a query tower and a candidate tower."
  static let inputs =
    [
      Port("train", Interactions.type), Port("vocabularies", Vocabularies.type),
      Port("validation", Interactions.type, optional: true), Port("history", Interactions.type, optional: true),
      Port("state", TrainingState.type, optional: true), Port("recipe", Model.type, optional: true),
    ] + EnsembleRun.members
  static let outputs = [Port("model", Model.type), Port("state", TrainingState.type, optional: true)]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @OptionGroup(title: "Looking on")
  var look: LookOptions

  @Option(help: ArgumentHelp("What makes the towers.", valueName: "which"))
  var objective = ObjectiveName.softmax

  @Option(help: ArgumentHelp("Length of an embedding.", valueName: "number"))
  var dimension = 32

  @Option(help: ArgumentHelp("Number of epochs.", valueName: "number"))
  var epochs = 3

  @Option(help: ArgumentHelp("Pairs in a batch, each the negatives of the others.", valueName: "pairs"))
  var batchSize = 8192

  @Option(help: ArgumentHelp("Draw the batches anew in every epoch.", valueName: "boolean"))
  var reshuffle = false

  @Option(help: ArgumentHelp("What initial embeddings and batches are drawn from.", valueName: "number"))
  var seed: UInt64 = 42

  @Option(
    help: ArgumentHelp("Count top-k accuracies on the training pairs, as Keras' fit shows.", valueName: "boolean"))
  var trainMetrics = false

  @OptionGroup(title: "Objective")
  var softmax: ObjectiveOptions

  @OptionGroup(title: "Implicit alternating least squares")
  var implicitALS: ImplicitALSOptions

  @OptionGroup(title: "Optimization")
  var optimization: OptimizationOptions

  @OptionGroup(title: "Positives")
  var positives: PairOptions

  @OptionGroup(title: "Control")
  var control: ControlOptions

  func validate() throws {
    guard 1...4096 ~= dimension else { throw ValidationError("--dimension is \(dimension); give 1 to 4096") }
    guard epochs > 0 else { throw ValidationError("--epochs is \(epochs); give at least 1") }
    guard batchSize > 0 else { throw ValidationError("--batch-size is \(batchSize); give at least 2") }
    if batchSize == 1, softmax.negatives == .inBatch, softmax.uniformNegatives == 0 {
      throw ValidationError(
        "--batch-size is 1: a pair alone has no negatives to be told from; give at least 2, or --uniform-negatives")
    }
    if objective == .ials { try implicitALS.refuseOthers(self) } else { try implicitALS.refuseWithout() }
  }

  func run(in context: StageContext) throws {
    guard let judged = try context.optionalInput("recipe") else {
      return try train(context, lineage: context.lineage(), refit: nil)
    }
    let refit = try Refit(judged, asked: self, context)
    context.note(refit.told)
    var lineage = try context.lineage()
    lineage.params = judged.header.lineage.params
    try refit.stage.train(context, lineage: lineage, refit: refit)
  }

  private func train(_ context: StageContext, lineage: Lineage, refit: Refit?) throws {
    if objective == .ensemble { return try ensemble(context, lineage, refit) }
    let vocabularies = try Vocabularies(context.input("vocabularies"))
    let validation = try context.optionalInput("validation").map { try Interactions($0) }
    if control.patience != nil, validation == nil, refit == nil {
      throw ValidationError("--patience: give --input validation=FILE, which says when to stop")
    }
    if validation == nil, try context.optionalInput("history") != nil {
      throw ValidationError(
        "--input history: is about queries of the validation part; give --input validation=FILE too")
    }
    try EnsembleRun.refuseMembers(context)
    let (train, chosen) = try positives(context, vocabularies)
    let bias = try bias(train, chosen, candidateRows: vocabularies.candidate.rows)
    let trainer = try training(vocabularies, chosen.pairs, context, lastEpoch: refit?.epochs)
    var trained = try TrainedRows(
      chosen.pairs, queryRows: vocabularies.query.rows, candidateRows: vocabularies.candidate.rows)
    trainer.trained = trained
    let kinds =
      (trainer as? Trainer).map { "\(chosen.pairs.count) pairs in \($0.batchCount) batches" }
      ?? "\(trainer.pairCount) distinct pairs"
    context.note(
      "\(kinds), "
        + (self.positives.threshold == nil
          ? "every pair a positive whatever its rating" : "\(chosen.below) below the threshold left out")
        + (chosen.unknown > 0 ? "; \(chosen.unknown) name what the vocabularies lack, left out" : ""))
    if let state = try context.optionalInput("state") {
      let warm = try trainer.warmStart(from: state)
      trained = trainer.trained ?? trained
      context.note(
        "warm start: \(warm.queries.kept) of \(warm.queries.all) queries and \(warm.candidates.kept) of "
          + "\(warm.candidates.all) candidates from the earlier training, the others new")
    }
    if let left = vocabularies.left(out: trained) { context.note(left) }
    if look.audit, let trainer = trainer as? Trainer {
      for line in try Audit(trainer).lines { context.note(line) }
    }
    let run = TrainingRun(stage: self, trainer: trainer, bias: bias, context: context, lineage: lineage)
    let history = try run.run(validation, chosen.pairs)
    let learnt = trainer.result
    let warnings = try warnings(learnt, trainer, context)
    let counts = chosen.pairs.candidateCounts(rows: vocabularies.candidate.rows)
    let summary = ModelSummary(
      model: learnt, epochs: history, accuracyAt: accuracyAt,
      candidateCounts: counts.indices.filter { trained.candidates[$0] }.map { counts[$0] },
      bestEpoch: trainer.progress.bestEpoch.map { $0 + 1 },
      validationMetric: control.stopMetric,
      facts: warnings + (refit.map { [.fact("refit of", $0.judged.hexadecimal)] } ?? [])
    ).summary
    try publish(bias?.added(to: learnt, trained) ?? learnt, summary, context, lineage)
    if let path = context.optionalOutput("state") { try trainer.publish(to: path, lineage: lineage) }
  }

  /// What is odd about a trained model, told and as facts.
  private func warnings(_ model: Model, _ trainer: any Training, _ context: StageContext) throws -> [Summary.Item] {
    let check = LearningCheck(model)
    try check.refuseNothing()
    if let squares = trainer as? ImplicitALS, squares.explained < ImplicitALS.leastExplained {
      throw LearntNothing.unexplained(share: squares.explained)
    }
    return check.warnings.map { warning in
      context.note(warning)
      return .fact("warning", warning)
    }
  }

  private func positives(
    _ context: StageContext, _ vocabularies: Vocabularies
  ) throws -> (InteractionFile, PositivePairs) {
    let train = try InteractionFile(context.input("train"))
    let chosen = try PositivePairs(
      positives, of: train, vocabularies, memory: look.pairMemory << 20, folder: context.work,
      keepingRows: control.recencyShare < 1)
    guard chosen.pairs.count > 0 else { throw DataError.noRows("train") }
    if let told = try PairWeights(chosen.pairs).checked(positives) { context.note(told) }
    return (train, chosen)
  }

  private func bias(_ train: InteractionFile, _ chosen: PositivePairs, candidateRows: Int) throws -> RecencyBias? {
    control.unknownQuery == .untrained
      ? nil
      : try RecencyBias(
        control, train, chosen, candidateRows: candidateRows, memory: look.pairMemory << 20)
  }

  private func ensemble(_ context: StageContext, _ lineage: Lineage, _ refit: Refit?) throws {
    let run = try EnsembleRun(stage: self, context: context, refit: refit)
    let (train, chosen) = try positives(context, run.vocabularies)
    let (model, summary) = try run.run(chosen.pairs)
    let bias = try bias(train, chosen, candidateRows: run.vocabularies.candidate.rows)
    try publish(bias?.added(to: model) ?? model, summary, context, lineage)
  }

  /// What trains: gradients or exact solutions.
  private func training(
    _ vocabularies: Vocabularies, _ pairs: TrainingPairs, _ context: StageContext, lastEpoch: Int?
  ) throws -> any Training {
    guard objective == .ials else {
      let model = Model(initialising: vocabularies, dimension: dimension, seed: seed)
      var settings = settings(context)
      settings.lastEpoch = lastEpoch
      return Trainer(model, pairs: pairs, settings: settings)
    }
    var settings = ImplicitALS.Settings()
    settings.objective = implicitALS.objective(candidates: vocabularies.candidate.values.count)
    settings.epochs = epochs
    settings.threads = context.threads
    settings.patience = control.patience
    settings.lastEpoch = lastEpoch
    let model = Model(initialising: vocabularies, dimension: dimension, seed: seed, from: .normal)
    return try ImplicitALS(model, pairs: pairs, settings: settings)
  }

  /// Lengths of the lists whose accuracies training counts.
  var accuracyAt: [Int] { trainMetrics ? [1, 5, 10, 50, 100] : [] }

  private func publish(_ model: Model, _ summary: Summary, _ context: StageContext, _ lineage: Lineage) throws {
    try model.publish(to: context.output("model"), lineage: lineage, summary: summary)
  }

  private func settings(_ context: StageContext) -> Trainer.Settings {
    var settings = Trainer.Settings()
    settings.objective = softmax.objective
    settings.epochs = epochs
    settings.batchSize = batchSize
    settings.reshuffles = reshuffle
    optimization.apply(to: &settings)
    settings.seed = seed
    settings.threads = context.threads
    settings.scratchFolder = context.work
    settings.accuracyAt = accuracyAt
    settings.patience = control.patience
    return settings
  }
}

/// What does not change a training: what a person may want to see of it, and what it may take.
struct LookOptions: OutsideTheKey {
  @Flag(help: "Print one batch's scores before and after each correction.")
  var audit = false

  @Option(help: ArgumentHelp("Write losses, rates and validation there for TensorBoard.", valueName: "folder"))
  var tensorboard: String?

  @Option(
    help: ArgumentHelp(
      "Pairs that may stand in memory; more go to a scratch file in the folder of --work.", valueName: "MiB"))
  var pairMemory = PairCollector.memory >> 20

  func validate() throws {
    guard 1...1 << 30 ~= pairMemory else {
      throw ValidationError("--pair-memory is \(pairMemory); give 1 MiB or more")
    }
  }
}
