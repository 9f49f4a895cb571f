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

  @Option(help: ArgumentHelp("linear-autoencoder: queries in a batch.", valueName: "queries"))
  var queryBatchSize = LinearAutoencoder.Settings().batchSize

  @Option(
    help: ArgumentHelp(
      "linear-autoencoder: share of a query's choices that is left out of its input, drawn anew in each epoch.",
      valueName: "share"))
  var inputDropout = LinearAutoencoder.Settings().inputDropout

  @Option(
    help: ArgumentHelp(
      "linear-autoencoder: learning rate of Adam, beside vectors that begin at length 1.", valueName: "number"))
  var autoencoderLearningRate = LinearAutoencoder.Settings().learningRate

  package init() {}

  package func validate() throws {
    guard queryBatchSize > 0 else {
      throw ValidationError("--query-batch-size is \(queryBatchSize); give at least 1")
    }
    guard inputDropout >= 0, inputDropout < 1 else {
      throw ValidationError("--input-dropout is \(inputDropout); give 0 or more, and less than 1")
    }
    guard autoencoderLearningRate > 0 else {
      throw ValidationError("--autoencoder-learning-rate is \(autoencoderLearningRate); give a number above 0")
    }
  }

  package func training(
    _ vocabularies: Vocabularies, _ pairs: TrainingPairs, _ common: TrainingSettings
  ) throws -> any Training {
    var settings = LinearAutoencoder.Settings()
    settings.length = common.length
    settings.batchSize = queryBatchSize
    settings.learningRate = autoencoderLearningRate
    settings.inputDropout = inputDropout
    settings.seed = common.seed
    settings.threads = common.threads
    let model = Model(
      initialising: vocabularies, dimension: common.dimension, seed: common.seed, from: .normal)
    return try LinearAutoencoder(model, pairs: pairs, settings: settings)
  }
}
