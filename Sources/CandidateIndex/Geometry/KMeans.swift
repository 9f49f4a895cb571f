import BasicAlgorithms
import Kernels
import ParallelLoops
import RandomNumbers

/// K-means clustering by Lloyd's algorithm, by squared distance.
///
/// A round costs O(rows · `count` · columns), bound by fused multiply-adds. The same rows, seed and settings give the
/// same centroids on any number of threads: sums of products have a fixed order, and each centroid is the mean of its
/// rows in their order.
struct KMeans {
  var count: Int
  var iterations: Int
  var seed: UInt64
  var threads: Int

  /// - Parameter sample: at least `count` rows.
  func centroids(of sample: Matrix) -> Matrix {
    precondition(count > 0 && sample.rows >= count, "\(count) centroids of \(sample.rows) rows")
    var random = RandomGenerator(seed: seed, stream: "centroids")
    let order = random.permutation(sample.rows)
    let centroids = Matrix(rows: count, columns: sample.columns)
    centroids.gather(sample, rows: order.prefix(count).sorted().map { Int32($0) })
    for _ in 0..<iterations {
      let members = Members(
        of: NearestCentroid(PackedRows(centroids)).assign(sample, rows: 0..<sample.rows, threads: threads), count: count
      )
      Self.move(centroids, to: members, of: sample, threads: threads)
      reseed(centroids, members, sample, &random)
    }
    return centroids
  }

  /// Moves each centroid to the mean of its rows; a centroid without rows stays.
  static func move(_ centroids: Matrix, to members: Members, of sample: Matrix, threads: Int) {
    let size = 16
    parallel(blocks: (centroids.rows + size - 1) / size, threads: threads) { block in
      for cluster in block * size..<min((block + 1) * size, centroids.rows) where !members[cluster].isEmpty {
        centroids.zero(row: cluster)
        for row in members[cluster] { centroids.addScaled(row: Int(row), of: sample, by: 1, to: cluster) }
        centroids.scale(row: cluster, by: 1 / Float(members[cluster].count))
      }
    }
  }

  /// Moves each centroid without rows to a random row of one of the fullest clusters.
  private func reseed(_ centroids: Matrix, _ members: Members, _ sample: Matrix, _ random: inout RandomGenerator) {
    let empty = (0..<count).filter { members[$0].isEmpty }
    guard !empty.isEmpty else { return }
    let fullest = (0..<count).sorted { (members[$1].count, $0) < (members[$0].count, $1) }
    for (rank, cluster) in empty.enumerated() {
      let donor = members[fullest[rank % max(count - empty.count, 1)]]
      let row = donor[donor.startIndex + Int(random.below(UInt64(donor.count)))]
      centroids.copy(row: Int(row), of: sample, to: cluster)
    }
  }
}

/// The rows of each cluster, in their order.
typealias Members = Grouping<Int32>

extension Members {
  /// - Parameter assignment: the cluster of each row.
  init(of assignment: [Int32], count: Int) {
    self.init(count: count) { take in
      for (row, cluster) in assignment.enumerated() { take(Int(cluster), Int32(row)) }
    }
  }
}
