import Kernels

/// The best so many candidates of one query out of tiles of scores, and how many beyond them tie with the last.
///
/// A tile is compared with the least score that is still good enough; the few that are above it land in a buffer,
/// which is cut back to the best when it has grown. Scores that are NaN or −∞ are never retrieved.
struct BestCandidates {
  private let limit: Int
  private let buffer: UnsafeMutablePointer<UInt64>
  private(set) var count = 0
  private var threshold = -Float.infinity
  /// Candidates outside the buffer whose score is the threshold.
  private var tied = 0

  static func capacity(limit: Int, tileWidth: Int) -> Int { limit + limit / 2 + tileWidth + 1 }

  /// - Parameter buffer: room for `capacity` keys.
  init(limit: Int, buffer: UnsafeMutablePointer<UInt64>) {
    self.limit = limit
    self.buffer = buffer
  }

  /// Takes the next tile, of candidates behind those of all before.
  mutating func take(_ scores: UnsafePointer<Float>, count width: Int, first: Int) {
    if count == 0, width >= 4 * limit { foresee(scores, width) }
    if count > limit + limit / 2 { cut() }
    let found = keys(above: threshold, in: scores, count: width, first: first, into: buffer + count)
    count += found.above
    tied += found.equal
  }

  /// Finds a threshold that enough scores of the first tile are above, so that most of them need no sorting: the best of
  /// so many groups are as good, and each is another candidate.
  private mutating func foresee(_ scores: UnsafePointer<Float>, _ width: Int) {
    let groups = Matrix.padded(2 * limit)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: groups) { maxima in
      guard let maxima = maxima.baseAddress else { return }
      foldMaxima(of: scores, count: width, into: maxima, groups: groups)
      let found = keys(above: -.infinity, in: maxima, count: groups, first: 0, into: buffer).above
      guard found > limit else { return }
      threshold = keepGreatest(limit, of: buffer, count: found).least.score.nextDown
    }
  }

  private mutating func cut() {
    let cut = keepGreatest(limit, of: buffer, count: count)
    count = limit
    if cut.least.score > threshold {
      threshold = cut.least.score
      tied = 0
    }
    tied += cut.tied
  }

  /// Brings the list into its order; no tile may follow.
  mutating func finish() {
    if count > limit { cut() }
    sortDescending(buffer, count: count)
  }

  subscript(place: Int) -> Int { Int(RankedKey(bits: buffer[place]).candidate) }

  /// How many candidates score higher, and how many the same, the candidate itself among them if it competes; nil where
  /// the list is full of higher ones.
  func rank(of score: Float) -> (greater: Int, equal: Int)? {
    guard score > -.infinity else { return nil }
    let order = RankedKey(score, candidate: 0).order
    let greater = firstPlace { $0 <= order }
    guard greater < limit else { return nil }
    let equal = firstPlace { $0 < order } - greater
    return (greater, equal + (score == threshold ? tied : 0))
  }

  /// Where a candidate stands, or would if it competed, those of its score in the order of their numbers; nil where the
  /// list is full of others.
  func place(of score: Float, _ candidate: Int32) -> Int? {
    guard score > -.infinity else { return nil }
    let key = RankedKey(score, candidate: UInt32(candidate)).bits
    let place = firstKey { $0 <= key }
    return place < limit ? place : nil
  }

  private func firstPlace(_ isReached: (UInt32) -> Bool) -> Int {
    firstKey { isReached(RankedKey(bits: $0).order) }
  }

  private func firstKey(_ isReached: (UInt64) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isReached(buffer[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
