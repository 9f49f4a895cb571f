import Kernels

/// One query while its scores come in, tile by tile.
///
/// Making one is unsafe: the keys are its caller's, and must outlive it.
@safe
struct QueryLine: AnsweredLine {
  private let includedKeys: UnsafeMutablePointer<UInt64>
  private(set) var included: BestCandidates
  private(set) var excluded: BestCandidates
  let query: Int
  /// Scores of the targets, as far as they can be retrieved.
  private var targetScores: [Float]
  private var nextTarget: Int
  private var nextSeen: Int
  /// Keys of seen candidates that may be among the best.
  private var seenKeys: [UInt64] = []

  init(_ judged: JudgedQueries, _ query: Int, limit: Int, keys: UnsafeMutablePointer<UInt64>, capacity: Int) {
    self.query = query
    unsafe includedKeys = keys
    included = unsafe BestCandidates(limit: limit, buffer: keys)
    excluded = unsafe BestCandidates(limit: limit, buffer: keys + capacity)
    targetScores = []
    targetScores.reserveCapacity(judged.targets[query].count)
    nextTarget = judged.targets.starts[query]
    nextSeen = judged.seen.starts[query]
  }

  /// Takes the next tile.
  ///
  /// - Parameters:
  ///   - scores: of the candidates of the tile; those of seen ones are NaN afterwards.
  ///   - keys: room for `Self.keys(tileWidth:)` keys, used anew for every tile.
  mutating func take(
    _ scores: UnsafeMutablePointer<Float>, _ tile: Range<Int>, _ judged: JudgedQueries,
    keys: UnsafeMutablePointer<UInt64>
  ) {
    while nextTarget < judged.targets.starts[query + 1], judged.targets.values[nextTarget] < tile.upperBound {
      unsafe targetScores.append(scores[Int(judged.targets.values[nextTarget]) - tile.lowerBound])
      nextTarget += 1
    }
    unsafe setApart(scores, tile, judged)
    if tile.lowerBound == 0 { unsafe excluded.prepare(for: scores, count: tile.count) }
    let found = unsafe Kernels.keys(
      above: excluded.threshold.nextDown, in: scores, count: tile.count, first: tile.lowerBound, into: keys
    ).above
    unsafe excluded.take(keys: keys, count: found)
  }

  static func keys(tileWidth: Int) -> Int { tileWidth + 1 }

  /// Replaces the scores of seen candidates by NaN.
  private mutating func setApart(_ scores: UnsafeMutablePointer<Float>, _ tile: Range<Int>, _ judged: JudgedQueries) {
    while nextSeen < judged.seen.starts[query + 1], judged.seen.values[nextSeen] < tile.upperBound {
      let candidate = judged.seen.values[nextSeen]
      let place = Int(candidate) - tile.lowerBound
      // A candidate below the threshold is in neither list.
      if unsafe scores[place] > -.infinity, unsafe scores[place] >= excluded.threshold {
        unsafe seenKeys.append(RankedKey(scores[place], candidate: UInt32(candidate)).bits)
      }
      unsafe scores[place] = .nan
      nextSeen += 1
    }
  }

  /// Merges the best unseen and the best seen candidates into the best of all.
  mutating func finish() {
    excluded.finish()
    included = unsafe BestCandidates(copying: excluded, buffer: includedKeys)
    unsafe seenKeys.withUnsafeBufferPointer { keys in
      if let start = keys.baseAddress { unsafe included.take(keys: start, count: keys.count) }
    }
    included.finish()
  }

  private func list(_ seen: SeenProtocol) -> BestCandidates { seen == .included ? included : excluded }

  func count(_ seen: SeenProtocol) -> Int { list(seen).count }

  func candidate(_ place: Int, _ seen: SeenProtocol) -> Int { list(seen)[place] }

  /// The place of a target, or the one it would have if it was seen and does not compete; `nil` beyond the list.
  func place(_ target: Int, _ seen: SeenProtocol, _ judged: JudgedQueries) -> Int? {
    let number = target - judged.targets.starts[query]
    guard number < targetScores.count else { return nil }
    return list(seen).place(of: targetScores[number], judged.targets.values[target])
  }

  func rank(_ target: Int, _ seen: SeenProtocol, _ judged: JudgedQueries) -> (greater: Int, equal: Int)? {
    let place = target - judged.targets.starts[query]
    guard place < targetScores.count else { return nil }
    guard let rank = list(seen).rank(of: targetScores[place]) else { return nil }
    // The target itself is no rival; one that was seen is not in the list of the others.
    return (rank.greater, rank.equal - (seen == .included || judged.isNew[target] ? 1 : 0))
  }
}
