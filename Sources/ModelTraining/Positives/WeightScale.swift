import ArgumentParser
import Kernels
import StageKit
import Tables
import TwoTower

/// The scale on which the numbers of a column are weights of pairs.
package enum WeightScale: String, ChoiceParam {
  /// The numbers as they are.
  case linear
  /// The logarithm of 1 + number, over its mean in the query's pairs. For counts such as plays, which range over powers
  /// of ten, and of which one query has a thousand times as many as another.
  case logarithmic

  /// The pairs with their weights on this scale; those whose weights are the numbers are given back as they are.
  ///
  /// - Parameters:
  ///   - queryRows: rows of the query table.
  ///   - memory: bytes of pairs that may stand in memory.
  ///   - folder: of the scratch file for more.
  func scaled(_ pairs: TrainingPairs, queryRows: Int, memory: Int, folder: String?) throws -> TrainingPairs {
    guard self == .logarithmic, pairs.isWeighted else { return pairs }
    func logarithm(_ weight: Float) -> Double { naturalLogarithm(1 + Double(weight)) }
    var (sums, counts) = ([Double](repeating: 0, count: queryRows), [Int](repeating: 0, count: queryRows))
    try pairs.visit { pair, weight in
      sums[Int(pair.query.index)] += logarithm(weight)
      counts[Int(pair.query.index)] += 1
    }
    var collector = PairCollector(isWeighted: true, memory: memory, folder: folder)
    try pairs.visit { pair, weight in
      let query = Int(pair.query.index)
      let mean = sums[query] / Double(counts[query])
      try collector.append(pair, weight: mean > 0 ? Float(logarithm(weight) / mean) : 0)
    }
    return collector.finish()
  }
}
