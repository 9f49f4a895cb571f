import Artifacts
import DisplayText

/// Counts of the work that searches did, the same on every machine.
package struct SearchWork: Sendable, Equatable {
  /// The number of leaf centroids scored.
  package var centroids = 0
  /// The number of leaves scanned.
  package var leaves = 0
  /// The number of candidates whose codes were scanned.
  package var scanned = 0
  /// The number of candidates scored exactly.
  package var reordered = 0

  package init() {}

  static func + (left: SearchWork, right: SearchWork) -> SearchWork {
    var sum = left
    sum.centroids += right.centroids
    sum.leaves += right.leaves
    sum.scanned += right.scanned
    sum.reordered += right.reordered
    return sum
  }

  /// The estimated cost in cycles of one core, by what each count was measured to take: a fit over fifteen choices of
  /// parameters on a million vectors of 32 dimensions, on one thread of an AMD EPYC.
  ///
  /// - Parameters:
  ///   - searches: the number of searches.
  ///   - k: the length of their lists.
  package func cycles(of index: ApproximateIndex, searches: Int, k: Int) -> Double {
    let (dimension, subspaces) = (Double(index.dimension), Double(index.geometry.quantizer.subspaces))
    let each = 8_000 + dimension * dimension / 4 + 60 * Double(index.geometry.tree.groupCount) + 300 * Double(k)
    return Double(searches) * each + Double(centroids) * (10 + dimension / 2)
      + Double(scanned) * (3 + subspaces / 8) + Double(reordered) * (60 + dimension / 2)
  }
}

extension ExactIndex {
  /// The estimated cost of a query in cycles of one core: its list, and the int8 vectors, which are read at about 12
  /// GB/s.
  ///
  /// - Parameter k: the length of its list.
  package static func cycles(count: Int, dimension: Int, k: Int) -> Double {
    8_000 + 300 * Double(min(k, count)) + Double(count) * Double(dimension) / 4
  }

  /// The reason why an exhaustive search is so fast that no other is worth learning; `nil` if it is not.
  static func reasonForSpeed(count: Int, dimension: Int, k: Int) -> String? {
    guard count >= fewCandidates else { return "there are fewer than \(fewCandidates) candidates" }
    let microseconds = cycles(count: count, dimension: dimension, k: k) / Certificate.clock * 1e6
    guard microseconds <= fastMicroseconds else { return nil }
    return
      "a query is expected to take \(decimals(microseconds, 0)) µs, at most \(decimals(fastMicroseconds, 0)) are fast"
  }

  static let fewCandidates = 20_000
  static let fastMicroseconds = 100.0
}
