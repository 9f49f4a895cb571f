import ArgumentParser
import Features
package import Interactions
import StageKit
import Tables
package import TwoTower

/// Training by gradients of a sampled or full softmax. Names are TensorFlow Recommenders' where it has the thing.
package struct SoftmaxMethod: TrainingMethod {
  package static let objective = MethodName.softmax
  // The tutorial's values.
  package static let dimension = 32
  package static let epochs = 3
  package static let hasBatches = true

  @Option(help: ArgumentHelp("Pairs in a batch, each the negatives of the others.", valueName: "pairs"))
  var batchSize = 8192

  @Option(help: ArgumentHelp("Draw the batches anew in every epoch.", valueName: "boolean"))
  var reshuffle = false

  @Option(
    help: ArgumentHelp("Count top-k accuracies on the training pairs, as Keras' fit shows.", valueName: "boolean"))
  var trainMetrics = false

  @OptionGroup var towers: TowerOptions
  @OptionGroup var softmax: SoftmaxOptions
  @OptionGroup var optimization: OptimizationOptions
  @OptionGroup var ratings: RatingOptions

  package init() {}

  package var sidesWithFeatures: [TowerSide] { towers.sidesWithFeatures }
  package var rating: RatingColumn? { ratings.column }

  package var readsContext: Bool { towers.readsContext }

  package func validate() throws {
    guard batchSize > 0 else { throw ValidationError("--batch-size is \(batchSize); give at least 2") }
    if batchSize == 1, softmax.negatives == .inBatch, softmax.uniformNegatives == 0 {
      throw ValidationError(
        "--batch-size is 1: a pair alone has no negatives; give at least 2, or --uniform-negatives")
    }
  }

  package func training(
    _ vocabularies: Vocabularies, _ pairs: TrainingPairs, _ common: TrainingSettings
  ) throws -> any Training {
    var settings = Trainer.Settings()
    settings.objective = softmax.objective
    settings.length = common.length
    settings.batchSize = batchSize
    settings.reshuffles = reshuffle
    optimization.apply(to: &settings)
    settings.layerLearningRate = towers.layers.layerLearningRate.map { Float($0) }
    settings.seed = common.seed
    settings.threads = common.threads
    settings.scratchFolder = common.scratchFolder
    settings.rating = ratings.task(common.ratings, dimension: common.dimension, seed: common.seed)
    settings.accuracyAt = trainMetrics ? [1, 5, 10, 50, 100] : []
    let model = Model(initialising: vocabularies, dimension: common.dimension, seed: common.seed)
    if sidesWithFeatures.contains(.candidate) {
      settings.competing = try TrainedRows(
        pairs, queryRows: vocabularies.query.rows, candidateRows: vocabularies.candidate.rows
      ).knownCandidates
    }
    let inContext = try common.contexts.map { contexts in
      try QueriesInContext(
        pairs, contexts: contexts.numbers, contexts.features, encoding: contexts.matrix,
        queryRows: vocabularies.query.rows)
    }
    let asked = try common.contexts.flatMap { contexts in
      try inContext?.pairs(pairs, contexts: contexts.numbers, folder: common.scratchFolder)
    }
    return Trainer(
      vocabularies,
      queryTower: try towers.tower(
        .query, ids: model.queries, common.encoded[.query], context: inContext, seed: common.seed),
      candidateTower: try towers.tower(
        .candidate, ids: model.candidates, common.encoded[.candidate], seed: common.seed),
      pairs: asked ?? pairs, settings: settings)
  }
}
