import ArgumentParser
import StageKit
import TwoTower

/// Options of a rating head, which learns a second task beside the softmax.
struct RatingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Predict this column of numbers too, by dense layers over the vectors of query and candidate; not if not given.",
      valueName: "column"))
  var rating: String?

  @OptionGroup var head: RatingHeadOptions

  func validate() throws {
    guard rating == nil else { return }
    try head.requireDefaults("for a rating head, and there is none; give --rating, or leave it out")
  }

  /// The column to learn from; `nil` where there is no head.
  var column: RatingColumn? { rating.map { RatingColumn(name: $0, isAlone: head.retrievalWeight == 0) } }

  /// The task of a head over its first parameters; `nil` where there is none.
  ///
  /// - Parameters:
  ///   - ratings: of the training pairs.
  ///   - dimension: of the towers' vectors.
  func task(_ ratings: [Float]?, dimension: Int, seed: UInt64) -> RatingTask? {
    guard let rating, let ratings else { return nil }
    return RatingTask(
      .initial(rating, dimension: dimension, hidden: head.ratingLayers, seed: seed), ratings: ratings,
      weight: Float(head.ratingWeight), retrievalWeight: Float(head.retrievalWeight),
      learningRate: head.ratingLearningRate.map { Float($0) })
  }
}

/// Options of the layers of a rating head, and of the weights of both tasks. Defaults are those of TensorFlow
/// Recommenders' guide.
struct RatingHeadOptions: ParsableArguments {
  private static let mostLayers = 16
  private static let widest = 65_536

  @Option(help: ArgumentHelp("Weight of the ratings' mean squared error of a batch in the loss.", valueName: "number"))
  var ratingWeight = 1.0

  @Option(help: ArgumentHelp("Weight of the softmax, summed over a batch, beside it.", valueName: "number"))
  var retrievalWeight = 1.0

  @Option(
    help: ArgumentHelp(
      "Outputs of the rating head's layers, with ReLU, before the last, which gives the rating.", valueName: "number"))
  var ratingLayers = [256, 128]

  @Option(
    help: ArgumentHelp("Learning rate of the rating head's layers; learning-rate if not given.", valueName: "number"))
  var ratingLearningRate: Double?

  func validate() throws {
    for (name, weight) in [("rating-weight", ratingWeight), ("retrieval-weight", retrievalWeight)]
    where !(0...1e9 ~= weight) {
      throw ValidationError("--\(name) is \(weight); give 0 to 1000000000")
    }
    if ratingWeight == 0, retrievalWeight == 0 {
      throw ValidationError(
        "--rating-weight and --retrieval-weight are 0, and nothing would be learnt; give one of them a weight")
    }
    guard ratingLayers.count <= Self.mostLayers else {
      throw ValidationError("--rating-layers: \(ratingLayers.count) are given; give at most \(Self.mostLayers)")
    }
    if let width = ratingLayers.first(where: { !(1...Self.widest ~= $0) }) {
      throw ValidationError("--rating-layers has \(width); give 1 to \(Self.widest)")
    }
    if let ratingLearningRate, !(ratingLearningRate > 0) {
      throw ValidationError("--rating-learning-rate is \(ratingLearningRate); give a number above 0")
    }
  }
}
