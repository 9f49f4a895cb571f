import ArgumentParser
import Artifacts
import Interactions
import StageKit
import TwoTower

enum Optimizer: String, ChoiceParam { case adagrad }

@main
struct TrainStage: Stage {
  static let name = "train"
  static let version = 1
  static let summary = "Train a query tower and a candidate tower on in-batch negatives."
  static let inputs = [Port("train", Interactions.type), Port("vocabularies", Vocabularies.type)]
  static let outputs = [Port("model", Model.type)]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @Option(help: ArgumentHelp("Length of an embedding.", valueName: "number"))
  var dimension = 32

  @Option(help: ArgumentHelp("Times through the data.", valueName: "number"))
  var epochs = 3

  @Option(help: ArgumentHelp("Pairs in a batch, each the negatives of the others.", valueName: "pairs"))
  var batchSize = 8192

  @Option(help: ArgumentHelp("How gradients become steps.", valueName: "name"))
  var optimizer = Optimizer.adagrad

  @Option(help: ArgumentHelp("Length of a step.", valueName: "number"))
  var learningRate = 0.1

  @Option(help: ArgumentHelp("What initial embeddings and batches are drawn from.", valueName: "number"))
  var seed: UInt64 = 42

  @Option(
    help: ArgumentHelp("Count top-k accuracies on the training pairs, as Keras' fit shows.", valueName: "boolean"))
  var trainMetrics = false

  func validate() throws {
    guard 1...4096 ~= dimension else { throw ValidationError("--dimension is \(dimension); give 1 to 4096") }
    guard epochs > 0 else { throw ValidationError("--epochs is \(epochs); give at least 1") }
    guard batchSize > 0 else { throw ValidationError("--batch-size is \(batchSize); give at least 1") }
    guard learningRate.isFinite, learningRate > 0 else {
      throw ValidationError("--learning-rate is \(learningRate); give a number above 0")
    }
  }

  func run(in context: StageContext) throws {
    let vocabularies = try Vocabularies(context.input("vocabularies"))
    let train = try Interactions(context.input("train"))
    guard train.count > 0 else { throw DataError.noRows("train") }
    let queries = vocabularies.query.rows(of: try train.text(vocabularies.query.column))
    let candidates = vocabularies.candidate.rows(of: try train.text(vocabularies.candidate.column))
    let model = Model(initialising: vocabularies, dimension: dimension, seed: seed)
    var settings = Trainer.Settings()
    settings.epochs = epochs
    settings.batchSize = batchSize
    settings.learningRate = Float(learningRate)
    settings.seed = seed
    settings.threads = context.threads
    settings.accuracyAt = trainMetrics ? [1, 5, 10, 50, 100] : []
    let trainer = Trainer(model, queries: queries, candidates: candidates, settings: settings)
    context.note("\(train.count) pairs in \(trainer.batchCount) batches, every pair a positive whatever its rating")
    let history = try trainer.train { number, epoch in
      let accuracies = zip(settings.accuracyAt, epoch.accuracies).map { ", top-\($0) \(decimals($1, 4))" }.joined()
      context.note(
        "epoch \(number) of \(epochs): loss \(decimals(epoch.lossPerBatch, 1)) a batch, "
          + "\(decimals(epoch.lossPerPair, 4)) a pair\(accuracies)")
    }
    let summary = ModelSummary(
      model: model, epochs: history, accuracyAt: settings.accuracyAt, trainCandidates: candidates
    ).summary
    try model.publish(to: context.output("model"), lineage: context.lineage(), summary: summary)
  }
}
