/// What searches did, in counts: the same on every machine.
package struct SearchWork: Sendable, Equatable {
  /// Centroids of leaves that were scored.
  package var centroids = 0
  /// Leaves that were scanned.
  package var leaves = 0
  /// Candidates whose codes were scanned.
  package var scanned = 0
  /// Candidates that were scored exactly.
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

  /// Cycles of one core that it costs, by what each count was measured to take (a fit over fifteen efforts on a million
  /// vectors of 32 dimensions, an AMD EPYC, one thread).
  ///
  /// - Parameters:
  ///   - searches: how many it is the work of.
  ///   - k: the length of their lists.
  package func cycles(of index: ApproximateIndex, searches: Int, k: Int) -> Double {
    let (dimension, subspaces) = (Double(index.dimension), Double(index.geometry.quantizer.subspaces))
    let each = 8_000 + dimension * dimension / 4 + 60 * Double(index.geometry.tree.groupCount) + 300 * Double(k)
    return Double(searches) * each + Double(centroids) * (10 + dimension / 2)
      + Double(scanned) * (3 + subspaces / 8) + Double(reordered) * (60 + dimension / 2)
  }
}
