import Kernels

/// The position, leaf and code of each candidate before an update.
struct CandidatePlacement {
  private let index: ApproximateIndex
  /// The leaf of each position.
  private let leaf: [Int32]

  init(_ index: ApproximateIndex) {
    self.index = index
    leaf = (0..<index.leafCount).flatMap { leaf in
      [Int32](repeating: Int32(leaf), count: index.leaves.range(of: leaf).count)
    }
  }

  func leaf(of position: Int) -> Int { Int(leaf[position]) }

  /// The position of a candidate; nil if no search returns it. A damaged file may give two candidates one position,
  /// which has only one of them.
  func position(of candidate: Int) -> Int? {
    let leaves = index.leaves
    guard candidate < index.count, leaves.positions[candidate] < UInt32(leaves.count) else { return nil }
    let position = Int(leaves.positions[candidate])
    return leaves.numbers[position] == UInt32(candidate) ? position : nil
  }

  /// Copies a candidate's code, two subspaces per byte, to a buffer from a place on.
  func unpack(_ position: Int, into target: SharedBuffer<UInt8>, at first: Int) {
    let codes = index.leaves.codes
    let own = position - index.leaves.range(of: leaf(of: position)).lowerBound
    let bytes = Leaves.block / 2
    let start =
      index.leaves.firstCode(of: leaf(of: position)) + own / Leaves.block * bytes * index.leaves.subspaces + own % bytes
    let shift: UInt8 = own % Leaves.block >= bytes ? 4 : 0
    for byte in 0..<index.leaves.subspaces / 2 {
      let low = start + 2 * bytes * byte
      target[first + byte] = codes[low] >> shift & 15 | (codes[low + bytes] >> shift & 15) << 4
    }
  }

  /// Squared distances of candidates at some positions from the centroids of their leaves, in the space of the index.
  func squares(at positions: [Int]) -> [Float] {
    let (given, mapped) = (
      Matrix(rows: positions.count, columns: index.dimension), Matrix(rows: positions.count, columns: index.dimension)
    )
    for (row, position) in positions.enumerated() { index.vectors.copy(position, to: given, row: row) }
    let space = index.geometry.space
    ScoreSpace.apply(PackedRows(space.candidateMap), to: given, rows: 0..<given.rows, into: mapped)
    let centroids = index.geometry.tree.centroids.matrix
    return positions.enumerated().map { row, position in
      mapped.addScaled(row: leaf(of: position), of: centroids, by: -1, to: row)
      return mapped.squaredLength(row: row)
    }
  }
}

/// Sums of squared distances of candidates from the centroids of their leaves, in the space of the index.
struct LeafSquares {
  /// The mean over all candidates.
  let mean: Double
  /// The sum of each leaf, and the number of candidates in it.
  private var sums: [Double]
  private var counts: [Int]

  /// Recovers the sums from the spreads, which are the roots of (sum + 8 mean) / (count + 8).
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

  /// Removes a candidate from its leaf.
  mutating func remove(_ square: Double, from leaf: Int) {
    sums[leaf] -= square
    counts[leaf] -= 1
  }

  /// The mean over the candidates left in a leaf.
  func mean(of leaf: Int) -> Float { Float(max(sums[leaf], 0) / Double(max(counts[leaf], 1))) }
}
