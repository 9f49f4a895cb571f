import ArgumentParser
package import CanonicalJSON
import Kernels
import StageKit

/// The families of models that `tune` tries, by the names that its param `families` has for them.
package enum FamilyName: String, ChoiceParam {
  /// Implicit alternating least squares.
  case ials
  /// A full softmax over vectors of unit length.
  case softmax
  /// A denoising linear autoencoder.
  case linearAutoencoder = "linear-autoencoder"
  /// A filter of the graph of interactions.
  case graphFilter = "graph-filter"

  package var family: any ModelFamily {
    switch self {
    case .ials: ImplicitALSFamily()
    case .softmax: SoftmaxFamily()
    case .linearAutoencoder: LinearAutoencoderFamily()
    case .graphFilter: GraphFilterFamily()
    }
  }
}

/// A family of models: a training method, and the box in which good params of it are looked for.
///
/// A new family is a case of `FamilyName` and a type in this folder.
package protocol ModelFamily: Sendable {
  /// Params of `train` that are near the best on most data; the first trial of the family.
  var start: [String: JSON] { get }
  /// Number of coordinates of the box.
  var axes: Int { get }
  /// The numbers of epochs after which a model is judged, rising.
  var checkpoints: [Int] { get }
  /// `true` if towers of the family can read features beside ids.
  var readsFeatures: Bool { get }
  /// The params that go by the times of pairs, which are left out where there are none.
  var paramsByTimes: Set<String> { get }

  /// Params of `train` without `epochs` and `seed`.
  ///
  /// - Parameter point: `axes` coordinates, each from 0 to 1.
  func params(at point: [Double]) -> [String: JSON]

  /// Floating-point operations of one epoch, about.
  ///
  /// - Parameter params: as `params(at:)` returns them.
  func operations(_ size: DataSize, _ params: [String: JSON]) -> Double
}

extension ModelFamily {
  package var readsFeatures: Bool { false }
  package var paramsByTimes: Set<String> { [] }
}

/// The size of training data.
package struct DataSize: Sendable, Equatable {
  package var queries: Int
  package var candidates: Int
  package var pairs: Int

  package init(queries: Int, candidates: Int, pairs: Int) {
    self.queries = queries
    self.candidates = candidates
    self.pairs = pairs
  }

  /// Floating-point operations of scoring all candidates for all queries.
  func scoring(dimension: Int) -> Double { 2 * Double(queries) * Double(candidates) * Double(dimension) }

  /// The same for embeddings of a trial's dimension.
  func scoring(_ params: [String: JSON]) -> Double { scoring(dimension: Self.dimension(params)) }

  static func dimension(_ params: [String: JSON]) -> Int { params["dimension"]?.integer ?? 0 }

  /// The size of a share of the queries with their pairs.
  func share(_ share: Double) -> DataSize {
    DataSize(
      queries: Int(Double(queries) * share), candidates: candidates, pairs: Int(Double(pairs) * share))
  }
}

/// The values along one coordinate of a box.
enum Axis {
  /// Returns a number from `low` to `high` in equal ratios, rounded to three significant digits.
  static func logarithmic(_ coordinate: Double, _ low: Double, _ high: Double) -> JSON {
    let (first, last) = (naturalLogarithm(low), naturalLogarithm(high))
    var value = [Float(first + coordinate * (last - first))]
    exponentials(of: &value)
    return .number(rounded(Double(value[0])))
  }

  static func choice(_ coordinate: Double, _ values: [Int]) -> JSON {
    JSON(values[min(Int(coordinate * Double(values.count)), values.count - 1)])
  }

  /// Rounds a number of 0.001 to 1000 to three significant digits.
  static func rounded(_ value: Double) -> Double {
    var scale = 1.0
    while value * scale < 100 { scale *= 10 }
    return (value * scale).rounded() / scale
  }
}
