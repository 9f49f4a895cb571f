package import ArgumentParser
package import Interactions
import StageKit
package import TwoTower

/// A training method with its params, and the params that all methods have: all that `tune` looks for.
package struct ModelOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Training method.", valueName: "name"))
  package var objective = MethodName.softmax

  @Option(
    help: ArgumentHelp(
      "Length of an embedding; 32 for softmax, 128 for ials, 256 for linear-autoencoder and graph-filter, "
        + "64 for next-item if not given.",
      valueName: "number"))
  package var dimension: Int?

  @Option(
    help: ArgumentHelp(
      "Number of epochs; 3 for softmax, 8 for ials and graph-filter, 12 for linear-autoencoder, 5 for next-item "
        + "if not given.",
      valueName: "number"))
  package var epochs: Int?

  @Option(help: ArgumentHelp("Random seed of initial embeddings and batches.", valueName: "number"))
  package var seed: UInt64 = 42

  @Option(
    help: ArgumentHelp(
      "linear-autoencoder and graph-filter: mean number of consecutive choices in the segments that histories are cut "
        + "into at random, so that what was chosen at about the same time counts more; 0 for whole histories.",
      valueName: "choices"))
  package var segmentLength = 0

  @OptionGroup(title: "--objective=softmax")
  var softmax: SoftmaxMethod

  @OptionGroup(title: "--objective=ials")
  var implicitALS: ImplicitALSMethod

  @OptionGroup(title: "--objective=linear-autoencoder")
  var linearAutoencoder: LinearAutoencoderMethod

  @OptionGroup(title: "--objective=graph-filter")
  var graphFilter: GraphFilterMethod

  @OptionGroup(title: "--objective=next-item")
  var nextItem: NextItemMethod

  package init() {}

  /// The method of `objective`.
  ///
  /// - Throws: `ValidationError` if a param of another method is given.
  package var method: any TrainingMethod {
    get throws { try [softmax, implicitALS, linearAutoencoder, graphFilter, nextItem].chosen(objective) }
  }

  package func validate() throws {
    if let dimension, !(1...4096 ~= dimension) {
      throw ValidationError("--dimension is \(dimension); give 1 to 4096")
    }
    if let epochs, epochs < 1 { throw ValidationError("--epochs is \(epochs); give at least 1") }
    guard segmentLength == 0 || 2...1_000_000 ~= segmentLength else {
      throw ValidationError("--segment-length is \(segmentLength); give 2 or more, or 0 for whole histories")
    }
    let method = try method
    guard segmentLength == 0 || type(of: method).cutsHistories else {
      throw ValidationError(
        "--segment-length: for --objective=linear-autoencoder and graph-filter, and this training is "
          + "--objective=\(objective.rawValue); leave it out")
    }
  }

  /// The option that makes the training go by the times of pairs; nil if it does not.
  ///
  /// - Throws: `ValidationError` if a param of another method is given.
  package var timesNeededFor: String? {
    get throws { segmentLength > 0 ? "--segment-length" : try method.timesNeededFor }
  }

  /// A training of these vocabularies' models.
  ///
  /// - Throws: `ValidationError` if the vocabularies do not suit a param.
  package func training(
    _ vocabularies: Vocabularies, _ pairs: TrainingPairs, _ settings: TrainingSettings
  ) throws -> any Training {
    guard segmentLength == 0 || !vocabularies.isItemToItem else {
      throw ValidationError(
        "--segment-length cuts the history of whoever chose, and the queries here are candidates "
          + "(\(vocabularies.query.column)); leave it out")
    }
    return try method.training(vocabularies, pairs, settings)
  }

  /// The settings of a training of this length on this machine.
  ///
  /// - Throws: `ValidationError` if a param of another method is given.
  package func settings(threads: Int, scratchFolder: String?) throws -> TrainingSettings {
    let method = try type(of: method)
    var settings = TrainingSettings(dimension: dimension ?? method.dimension, epochs: epochs ?? method.epochs)
    settings.seed = seed
    settings.segmentLength = segmentLength
    settings.threads = threads
    settings.scratchFolder = scratchFolder
    return settings
  }
}
