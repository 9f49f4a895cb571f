import Kernels

/// Squared distances of candidates from the centroids of their leaves, in the space of the index.
struct LeafSquares {
  /// The mean over all candidates.
  let mean: Double
  /// Of each leaf the sum, and how many candidates it is of.
  private var sums: [Double]
  private var counts: [Int]

  /// From the spreads, which are the roots of (sum + 8 mean) / (count + 8).
  init(_ leaves: Leaves, leafCount: Int) {
    let counts = (0..<leafCount).map { leaves.range(of: $0).count }
    let weighted = (0..<leafCount).map { leaf in
      Double(leaves.spreads[leaf]) * Double(leaves.spreads[leaf]) * Double(counts[leaf] + 8)
    }
    let mean = weighted.reduce(0, +) / Double(counts.reduce(0, +) + 8 * leafCount)
    sums = weighted.map { $0 - 8 * mean }
    self.mean = mean
    self.counts = counts
  }

  /// Takes a candidate out of its leaf.
  mutating func remove(_ square: Double, from leaf: Int) {
    sums[leaf] -= square
    counts[leaf] -= 1
  }

  /// The mean of those that are left in a leaf.
  func mean(of leaf: Int) -> Float { Float(max(sums[leaf], 0) / Double(max(counts[leaf], 1))) }
}
