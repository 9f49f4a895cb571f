import TwoTower

/// Statistics of the weights of a training's pairs.
struct PairWeights {
  private let count: Int
  private var sum = 0.0
  private var greatest = 0.0
  /// Pairs that weigh less than a thousandth of the heaviest.
  private var negligible = 0

  /// The mean below which steps are lost in rounding.
  private static let leastMean = 1e-6

  init(_ pairs: TrainingPairs) throws {
    count = pairs.count
    guard pairs.isWeighted else { return }
    var (sum, greatest) = (0.0, 0.0)
    try pairs.visit { _, weight in
      sum += Double(weight)
      greatest = max(greatest, Double(weight))
    }
    let bar = greatest / 1000
    var negligible = 0
    try pairs.visit { _, weight in if Double(weight) < bar { negligible += 1 } }
    (self.sum, self.greatest, self.negligible) = (sum, greatest, negligible)
  }

  /// A warning about weights that only a few pairs have; `nil` if there is none.
  ///
  /// - Parameter column: that the weights are from.
  /// - Throws: `ModelTrainingError.weightless` if all together weigh nothing.
  func checked(_ column: String) throws -> String? {
    let mean = sum / Double(max(count, 1))
    guard mean > Self.leastMean else { throw ModelTrainingError.weightless(mean: mean, column: column) }
    guard negligible * 2 > count else { return nil }
    return
      "warning: by sample-weight \(column), \(negligible) of \(count) pairs weigh less than "
      + "a thousandth of the heaviest"
  }
}
