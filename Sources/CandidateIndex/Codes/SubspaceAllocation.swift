import Glibc

/// Partitions dimensions into subspaces of 4 bits each so that little of the variance is lost: dimensions of much
/// variance get a subspace of their own, those of little share one.
///
/// The loss of a subspace is the distortion-rate function for independent normal variables (reverse water-filling;
/// Cover & Thomas, section 10.3.3); the best partition follows by dynamic programming.
struct SubspaceAllocation: Equatable {
  static let bits = 4.0
  static let greatestWidth = 32

  /// The first dimension of each subspace, then the number of dimensions. The number of subspaces is even; the last may
  /// be empty.
  let starts: [UInt32]
  /// The share of the variance that codes lose, by rate-distortion theory.
  let loss: Double

  /// Finds the best partition: O(`subspaces` · dimensions · width).
  ///
  /// - Parameter variances: one for each dimension, falling.
  init(variances: [Double], subspaces: Int) {
    let dimension = variances.count
    let width = max(Self.greatestWidth, 2 * (dimension + subspaces - 1) / max(subspaces, 1))
    let floor = max(variances.first ?? 1, .leastNormalMagnitude) * 1e-12
    let variances = variances.map { max($0, floor) }
    let losses = (0..<dimension).map { first in
      Self.losses(variances[first..<min(first + width, dimension)])
    }
    var best = [[Double]](repeating: [Double](repeating: .infinity, count: dimension + 1), count: subspaces + 1)
    var from = [[Int]](repeating: [Int](repeating: 0, count: dimension + 1), count: subspaces + 1)
    best[0][0] = 0
    for subspace in 0..<subspaces {
      for first in 0..<dimension where best[subspace][first] < .infinity {
        for (last, loss) in losses[first].enumerated()
        where best[subspace][first] + loss < best[subspace + 1][first + last + 1] {
          best[subspace + 1][first + last + 1] = best[subspace][first] + loss
          from[subspace + 1][first + last + 1] = first
        }
      }
    }
    let used = (1...subspaces).min { best[$0][dimension] < best[$1][dimension] } ?? subspaces
    var ends = [dimension]
    for subspace in stride(from: used, to: 0, by: -1) { ends.append(from[subspace][ends[ends.count - 1]]) }
    var starts = ends.reversed().map { UInt32($0) }
    while starts.count % 2 == 0 { starts.append(UInt32(dimension)) }
    self.starts = starts
    loss = best[used][dimension] / variances.reduce(0, +)
  }

  /// The fewest subspaces, a multiple of four, that lose no more than `loss`, or `most`.
  static func fewest(variances: [Double], loss: Double, most: Int) -> SubspaceAllocation {
    let least = max(4, (variances.count + greatestWidth - 1) / greatestWidth + 3) / 4 * 4
    for subspaces in stride(from: least, to: most, by: 4) {
      let allocation = SubspaceAllocation(variances: variances, subspaces: subspaces)
      if allocation.loss <= loss { return allocation }
    }
    return SubspaceAllocation(variances: variances, subspaces: most)
  }

  /// The losses of a subspace of the first dimension, of the first two, and so on.
  private static func losses(_ variances: ArraySlice<Double>) -> [Double] {
    var logarithms = 0.0
    var (active, rest) = ([Double](), 0.0)
    return variances.map { variance in
      active.append(variance)
      logarithms += log2(variance)
      // The water level; dimensions of less variance get no bits.
      while let last = active.last {
        let level = exp2((logarithms - 2 * bits) / Double(active.count))
        guard last < level, active.count > 1 else { return Double(active.count) * level + rest }
        active.removeLast()
        logarithms -= log2(last)
        rest += last
      }
      return rest
    }
  }
}
