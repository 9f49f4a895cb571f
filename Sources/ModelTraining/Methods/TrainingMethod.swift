package import ArgumentParser
package import Features
package import Interactions
import StageKit
package import TwoTower

/// The names of the training methods, as the param `objective` and a model's recipe have them.
package enum MethodName: String, ChoiceParam {
  /// Gradients of a sampled or full softmax.
  case softmax
  /// Implicit alternating least squares.
  case ials
  /// A linear autoencoder, whose queries are sums of candidates.
  case linearAutoencoder = "linear-autoencoder"
  /// A filter of the graph of interactions, whose queries are sums of candidates.
  case graphFilter = "graph-filter"
  /// The next candidate after a history.
  case nextItem = "next-item"
}

/// The settings of every training method: the params of no method in particular, and the machine's.
package struct TrainingSettings: Sendable {
  package var dimension: Int
  package var length: TrainingLength
  package var seed: UInt64 = 42
  package var threads = 1
  package var scratchFolder: String?
  /// The mean number of choices in the segments that histories are cut into, for a method that `cutsHistories`; 0 for
  /// whole histories.
  package var segmentLength = 0
  /// The values of the vocabularies by their features, for the `sidesWithFeatures` of a method.
  package var encoded: [TowerSide: EncodedVocabulary] = [:]
  /// The contexts of the pairs, for a method that `readsContext`, where the vocabularies have features of it.
  package var contexts: EncodedContexts?
  /// The time of each pair, where the training goes by times.
  package var times: [Double]?
  /// The rating of each pair, `nan` for one without, where the method learns from `TrainingMethod.rating`.
  package var ratings: [Float]?

  package init(dimension: Int, epochs: Int) {
    self.dimension = dimension
    length = TrainingLength(epochs: epochs)
  }
}

/// A training method: a group of params that are its own, and the training that they ask for.
///
/// A new method is a case of `MethodName`, a type here, and a group of options in the stage; its models describe
/// themselves by a `MethodRecipe`. A param belongs to the method whose group declares it: with another `objective` it
/// is refused.
package protocol TrainingMethod: ParsableArguments {
  static var objective: MethodName { get }
  /// The length of an embedding, if the param is not given.
  static var dimension: Int { get }
  /// The number of epochs, if the param is not given.
  static var epochs: Int { get }
  /// `true` if the method trains on batches of pairs, which `--audit` can show.
  static var hasBatches: Bool { get }
  /// `true` if the method can learn from segments of histories.
  static var cutsHistories: Bool { get }
  /// The sides that the training needs in `TrainingSettings.encoded`.
  var sidesWithFeatures: [TowerSide] { get }
  /// `true` if the training reads the context of pairs, where the vocabularies have features of it.
  var readsContext: Bool { get }
  /// The option that makes the training go by the times of pairs; nil if it does not.
  var timesNeededFor: String? { get }
  /// The column that a rating head learns from, if there is one; `TrainingSettings.ratings` has its values.
  var rating: RatingColumn? { get }

  /// A training from initial embeddings.
  func training(
    _ vocabularies: Vocabularies, _ pairs: TrainingPairs, _ settings: TrainingSettings
  ) throws -> any Training
}

extension TrainingMethod {
  package static var cutsHistories: Bool { false }
  package var sidesWithFeatures: [TowerSide] { [] }
  package var readsContext: Bool { false }
  package var timesNeededFor: String? { nil }
  package var rating: RatingColumn? { nil }
}

extension [any TrainingMethod] {
  /// The method of a name.
  ///
  /// - Throws: `ValidationError` if a param of another method is given.
  package func chosen(_ objective: MethodName) throws -> any TrainingMethod {
    guard let method = first(where: { type(of: $0).objective == objective }) else {
      preconditionFailure("no method \(objective.rawValue) among those of the stage")
    }
    for other in self where type(of: other).objective != objective {
      try other.requireDefaults(
        "for --objective=\(type(of: other).objective.rawValue), and this training is --objective=\(objective.rawValue); "
          + "leave it out")
    }
    return method
  }
}
