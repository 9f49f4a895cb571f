import Kernels

/// The best k candidates of each of some queries, out of tiles of scores: what does not exceed the k-th best so far is
/// left behind by comparison alone.
final class BestOfTiles {
  private let k: Int
  private let capacity: Int
  private let keys: UnsafeMutablePointer<UInt64>
  private var counts: [Int]
  private var thresholds: [Float]

  /// - Parameter tileWidth: candidates of a tile at most.
  init(queries: Int, k: Int, tileWidth: Int) {
    self.k = k
    capacity = 2 * k + tileWidth + 1
    keys = .allocate(capacity: max(queries * capacity, 1))
    counts = [Int](repeating: 0, count: queries)
    thresholds = [Float](repeating: -.infinity, count: queries)
  }

  deinit { keys.deallocate() }

  /// - Parameters:
  ///   - scores: of consecutive candidates, the first of which is `first`.
  func take(_ scores: UnsafePointer<Float>, count: Int, first: Int, query: Int, filter: CandidateFilter?) {
    guard k > 0 else { return }
    let start = keys + query * capacity
    let own = start + counts[query]
    var found = Kernels.keys(above: thresholds[query], in: scores, count: count, first: first, into: own).above
    if let filter {
      var allowed = 0
      for place in 0..<found where filter.allows(Int(RankedKey(bits: own[place]).candidate)) {
        own[allowed] = own[place]
        allowed += 1
      }
      found = allowed
    }
    counts[query] += found
    guard counts[query] >= 2 * k else { return }
    cut(query)
  }

  private func cut(_ query: Int) {
    guard counts[query] > k else { return }
    // Those of the least kept score that come later have higher numbers, so they never get in.
    thresholds[query] = keepGreatest(k, of: keys + query * capacity, count: counts[query]).least.score
    counts[query] = k
  }

  /// Best first, ties by number; no tile may follow.
  func list(of query: Int) -> [Neighbour] {
    cut(query)
    let start = keys + query * capacity
    sortDescending(start, count: counts[query])
    return (0..<counts[query]).map { place in
      let key = RankedKey(bits: start[place])
      return Neighbour(candidate: Int(key.candidate), score: key.score)
    }
  }
}
