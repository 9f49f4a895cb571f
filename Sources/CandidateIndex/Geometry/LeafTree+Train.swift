import BasicAlgorithms
import Kernels
import ParallelLoops

extension LeafTree {
  /// Learns parents by k-means, divides the leaves among them by the number of their rows, learns the leaves of each
  /// group by k-means of its rows, and runs three more rounds in which rows may change groups.
  ///
  /// - Parameters:
  ///   - sample: finite rows, at least one.
  ///   - leaves: the approximate number of leaves, at most the number of rows.
  static func train(on sample: Matrix, leaves: Int, iterations: Int, seed: UInt64, threads: Int) -> LeafTree {
    let leaves = min(leaves, sample.rows)
    guard leaves >= leastForGroups else {
      let centroids = KMeans(count: leaves, iterations: iterations, seed: seed, threads: threads).centroids(of: sample)
      let mean = KMeans(count: 1, iterations: 1, seed: seed, threads: threads).centroids(of: sample)
      return LeafTree(parents: PackedRows(mean), groups: [0, leaves], centroids: ByteCentroids(centroids))
    }
    // Small groups have tight bounds, and parents are scored contiguously, so there may be more than the square root.
    let count = min(Int(4 * Double(leaves).squareRoot()), leaves / 24)
    let parents = KMeans(count: count, iterations: iterations, seed: seed, threads: threads)
      .centroids(of: thinned(sample, to: 128 * count))
    let members = Members(
      of: NearestCentroid(PackedRows(parents)).assign(sample, rows: 0..<sample.rows, threads: threads),
      count: parents.rows)
    let sizes = shares(of: leaves, members)
    let parts = parallelMap(parents.rows, threads: threads) { group -> Matrix in
      let rows = Matrix(rows: members[group].count, columns: sample.columns)
      rows.gather(sample, rows: Array(members[group]))
      let count = min(sizes[group], rows.rows)
      let part = Matrix(rows: sizes[group], columns: sample.columns)
      guard count > 0 else { return part }
      let learnt = KMeans(count: count, iterations: iterations, seed: seed &+ UInt64(group), threads: 1)
        .centroids(of: rows)
      // The leaf of a repeated centroid stays empty, as ties go to the first.
      part.gather(learnt, rows: (0..<sizes[group]).map { Int32($0 % count) })
      return part
    }
    return settle(parts, on: sample, threads: threads)
  }

  static func thinned(_ matrix: Matrix, to most: Int) -> Matrix {
    let step = (matrix.rows + most - 1) / most
    let rows = stride(from: 0, to: matrix.rows, by: max(step, 1)).map { Int32($0) }
    let thinned = Matrix(rows: rows.count, columns: matrix.columns)
    thinned.gather(matrix, rows: rows)
    return thinned
  }

  /// The number of leaves of each group, a multiple of the 16 centroids of a panel.
  private static func shares(of leaves: Int, _ members: Members) -> [Int] {
    let counts = (0..<members.count).map { members[$0].count }
    let total = max(counts.reduce(0, +), 1)
    return counts.map { count in
      count == 0 ? 0 : max((count * leaves + 8 * total) / (16 * total), 1) * 16
    }
  }

  private static func settle(_ parts: [Matrix], on sample: Matrix, threads: Int) -> LeafTree {
    var groups = [0]
    for part in parts { groups.append(groups[groups.count - 1] + part.rows) }
    let centroids = Matrix(rows: groups[parts.count], columns: sample.columns)
    for (group, part) in parts.enumerated() {
      for row in 0..<part.rows { centroids.copy(row: row, of: part, to: groups[group] + row) }
    }
    let rounds = 3
    for round in 0...rounds {
      let tree = LeafTree(
        parents: PackedRows(means(of: centroids, groups)), groups: groups, centroids: ByteCentroids(centroids))
      guard round < rounds else { return tree }
      let members = Members(
        of: tree.assign(sample, rows: 0..<sample.rows, threads: threads), count: centroids.rows)
      KMeans.move(centroids, to: members, of: sample, threads: threads)
    }
    preconditionFailure("the last round returns")
  }

  private static func means(of centroids: Matrix, _ groups: [Int]) -> Matrix {
    let means = Matrix(rows: groups.count - 1, columns: centroids.columns)
    for group in 0..<means.rows {
      for leaf in groups[group]..<groups[group + 1] { means.addScaled(row: leaf, of: centroids, by: 1, to: group) }
      means.scale(row: group, by: 1 / Float(max(groups[group + 1] - groups[group], 1)))
    }
    return means
  }
}
