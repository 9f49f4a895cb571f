import ArgumentParser
package import Interactions
import StageKit
package import TwoTower

/// Training of a linear autoencoder by gradients over batches of queries.
package struct LinearAutoencoderMethod: TrainingMethod {
  package static let objective = MethodName.linearAutoencoder
  package static let dimension = 256
  package static let epochs = 12
  package static let hasBatches = false
  package static let cutsHistories = true

  @Option(help: ArgumentHelp("linear-autoencoder: queries in a batch.", valueName: "queries"))
  var queryBatchSize = LinearAutoencoder.Settings().batchSize

  @Option(
    help: ArgumentHelp(
      "linear-autoencoder: share of a query's choices that is left out of its input, drawn anew in each epoch.",
      valueName: "share"))
  var inputDropout = LinearAutoencoder.Settings().inputDropout

  @Option(
    help: ArgumentHelp(
      "linear-autoencoder: learning rate of Adam, beside vectors that begin at length 1; if not given, 0.01, and "
        + "times (4 / batches)^1.25 where an epoch has more than 4 batches.", valueName: "number"))
  var autoencoderLearningRate: Double?

  @Option(
    help: ArgumentHelp(
      "linear-autoencoder: factor of the learning rate, which means the same on data of any size.",
      valueName: "factor"))
  var autoencoderRateFactor = 1.0

  package init() {}

  package func validate() throws {
    guard queryBatchSize > 0 else {
      throw ValidationError("--query-batch-size is \(queryBatchSize); give at least 1")
    }
    guard inputDropout >= 0, inputDropout < 1 else {
      throw ValidationError("--input-dropout is \(inputDropout); give 0 or more, and less than 1")
    }
    if let autoencoderLearningRate, !(autoencoderLearningRate > 0) {
      throw ValidationError("--autoencoder-learning-rate is \(autoencoderLearningRate); give a number above 0")
    }
    guard autoencoderRateFactor > 0 else {
      throw ValidationError("--autoencoder-rate-factor is \(autoencoderRateFactor); give a number above 0")
    }
  }

  package func training(
    _ vocabularies: Vocabularies, _ pairs: TrainingPairs, _ common: TrainingSettings
  ) throws -> any Training {
    var settings = LinearAutoencoder.Settings()
    settings.length = common.length
    settings.batchSize = queryBatchSize
    let rate =
      try autoencoderLearningRate
      ?? Self.learningRate(queries: Set(pairs.queries).count, batchSize: queryBatchSize)
    settings.learningRate = autoencoderRateFactor * rate
    settings.inputDropout = inputDropout
    settings.segmentLength = common.segmentLength
    settings.seed = common.seed
    settings.threads = common.threads
    let model = Model(
      initialising: vocabularies, dimension: common.dimension, seed: common.seed, from: .normal)
    return try LinearAutoencoder(model, pairs: pairs, times: common.times, settings: settings)
  }

  /// The learning rate if the param is not given: that of `Settings`, and where an epoch has more than `fewBatches`, less by
  /// the power 1.25 of their ratio, so that the rates of all steps add up to somewhat less. Large data overfit otherwise.
  package static func learningRate(queries: Int, batchSize: Int) -> Double {
    let batches = queries / batchSize + (queries % batchSize > 0 ? 1 : 0)
    let ratio = min(fewBatches / Double(max(batches, 1)), 1)
    return LinearAutoencoder.Settings().learningRate * ratio * ratio.squareRoot().squareRoot()
  }

  private static let fewBatches = 4.0
}
