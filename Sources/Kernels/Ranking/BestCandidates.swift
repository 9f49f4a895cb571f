import BasicAlgorithms

/// The best candidates of one query, up to a limit, out of tiles of scores, and how many beyond them tie with the last.
///
/// A tile is compared with the least score that is still good enough; the few that are above it land in a buffer,
/// which is cut back to the best when it has grown. Scores that are NaN or −∞ are never among them.
///
/// Making one is unsafe: the buffer is its caller's, and must outlive it.
@safe
package struct BestCandidates {
  private let limit: Int
  private let buffer: UnsafeMutablePointer<UInt64>
  package private(set) var count = 0
  /// The score that must be exceeded; it never falls.
  package private(set) var threshold = -Float.infinity
  /// The key of the threshold, which a key must exceed.
  private var least: UInt64 = 0
  /// Candidates outside the buffer whose score is the threshold.
  private var tied = 0

  package static func capacity(limit: Int, tileWidth: Int) -> Int { limit + limit / 2 + tileWidth + 1 }

  /// - Parameters:
  ///   - limit: at least 1.
  ///   - buffer: room for `capacity` keys.
  package init(limit: Int, buffer: UnsafeMutablePointer<UInt64>) {
    precondition(limit > 0, "the best \(limit) candidates")
    self.limit = limit
    unsafe self.buffer = buffer
  }

  /// A list that begins as a copy of another, of the same limit.
  ///
  /// - Parameter buffer: room for `capacity` keys.
  package init(copying other: Self, buffer: UnsafeMutablePointer<UInt64>) {
    self = unsafe Self(limit: other.limit, buffer: buffer)
    (count, threshold, least, tied) = (other.count, other.threshold, other.least, other.tied)
    unsafe buffer.update(from: other.buffer, count: count)
  }

  /// Takes the next tile, of candidates behind those of all before.
  package mutating func take(_ scores: UnsafePointer<Float>, count width: Int, first: Int) {
    unsafe prepare(for: scores, count: width)
    let target = unsafe room()
    let found = unsafe keys(above: threshold, in: scores, count: width, first: first, into: target)
    took(found.above)
    tied += found.equal
  }

  /// The place where keys of the next tile above the threshold are to be written, before `took` counts them.
  package mutating func room() -> UnsafeMutablePointer<UInt64> {
    if count > limit + limit / 2 { cut() }
    return unsafe buffer + count
  }

  /// Takes keys that were written where `room` said. Those that are not allowed, and those that equal the threshold and
  /// were not written, count in no rank.
  package mutating func took(_ found: Int) { count += found }

  package mutating func took(_ found: Int, where isAllowed: (_ candidate: Int) -> Bool) {
    let end = count + found
    for place in count..<end where isAllowed(self[place]) {
      unsafe buffer[count] = buffer[place]
      count += 1
    }
  }

  /// Takes keys of candidates that were not taken before, in any order; the buffer never holds more than
  /// `capacity(limit:tileWidth: 0)`.
  ///
  /// - Parameter keys: all whose score is at least the threshold; lower ones are left out.
  package mutating func take(keys: UnsafePointer<UInt64>, count found: Int) {
    for place in 0..<found {
      let key = unsafe keys[place]
      if key > least {
        unsafe buffer[count] = key
        count += 1
        if count > limit + limit / 2 { cut() }
      } else if key >> 32 == least >> 32 {
        tied += 1
      }
    }
  }

  /// Raises the threshold of an empty list to what enough of these scores exceed, so that most others are never taken.
  ///
  /// - Parameter scores: of some of the candidates that will be taken. The buffer needs room for
  ///   `capacity(limit:tileWidth:)` keys.
  package mutating func prepare(for scores: UnsafePointer<Float>, count width: Int) {
    if count == 0, width >= 4 * limit { unsafe foresee(scores, width) }
  }

  /// Finds a threshold that enough scores of the first tile are above, so that most of them need no sorting: the best
  /// of so many groups are as good, and each is another candidate.
  private mutating func foresee(_ scores: UnsafePointer<Float>, _ width: Int) {
    let groups = Matrix.padded(2 * limit)
    unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: groups) { maxima in
      guard let maxima = maxima.baseAddress else { return }
      unsafe foldMaxima(of: scores, count: width, into: maxima, groups: groups)
      let found = unsafe keys(above: -.infinity, in: maxima, count: groups, first: 0, into: buffer).above
      guard found > limit else { return }
      threshold = unsafe keepGreatest(limit, of: buffer, count: found).least.score.nextDown
      least = RankedKey(threshold, candidate: 0).bits
    }
  }

  private mutating func cut() {
    let cut = unsafe keepGreatest(limit, of: buffer, count: count)
    count = limit
    least = cut.least.bits
    if cut.least.score > threshold {
      threshold = cut.least.score
      tied = 0
    }
    tied += cut.tied
  }

  /// Brings the list into its order; no tile may follow.
  package mutating func finish() {
    if count > limit { cut() }
    unsafe sortDescending(buffer, count: count)
  }

  package subscript(place: Int) -> Int { Int(key(place).candidate) }

  package func key(_ place: Int) -> RankedKey { unsafe RankedKey(bits: buffer[place]) }

  /// The numbers of candidates that score higher, and the same, the candidate itself among them if it competes; nil
  /// where the list is full of higher ones.
  package func rank(of score: Float) -> (greater: Int, equal: Int)? {
    guard score > -.infinity else { return nil }
    let order = RankedKey(score, candidate: 0).order
    let greater = firstPlace { $0 <= order }
    guard greater < limit else { return nil }
    let equal = firstPlace { $0 < order } - greater
    return (greater, equal + (score == threshold ? tied : 0))
  }

  /// The place of a candidate, or the one it would have if it competed, those of its score in the order of their
  /// numbers; nil where the list is full of others.
  package func place(of score: Float, _ candidate: Int32) -> Int? {
    guard score > -.infinity else { return nil }
    let key = RankedKey(score, candidate: UInt32(candidate)).bits
    let place = firstKey { $0 <= key }
    return place < limit ? place : nil
  }

  private func firstPlace(_ isReached: (UInt32) -> Bool) -> Int {
    firstKey { isReached(RankedKey(bits: $0).order) }
  }

  private func firstKey(_ isReached: (UInt64) -> Bool) -> Int {
    (0..<count).partitioningIndex { unsafe isReached(buffer[$0]) }
  }
}
