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

  /// Cycles of one core that it costs: counts times what each was measured to take (see Docs/decisions.md).
  ///
  /// - Parameter searches: how many it is the work of.
  package func cycles(of index: ApproximateIndex, searches: Int) -> Double {
    let (dimension, subspaces) = (Double(index.dimension), Double(index.geometry.quantizer.subspaces))
    return Double(searches) * (4_000 + dimension * dimension / 8) + Double(centroids) * (3 + dimension / 8)
      + Double(leaves) * 60 + Double(scanned) * (1.5 + subspaces / 10) + Double(reordered) * (40 + dimension / 2)
  }
}
