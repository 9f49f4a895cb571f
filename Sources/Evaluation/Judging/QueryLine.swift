import Kernels

/// One query while its scores come in, tile by tile.
struct QueryLine: AnsweredLine {
  private(set) var included: BestCandidates
  private(set) var excluded: BestCandidates
  let query: Int
  /// Scores of the targets, as far as they can be retrieved.
  private var targetScores: [Float]
  private var nextTarget: Int
  private var nextSeen: Int

  init(_ judged: JudgedQueries, _ query: Int, limit: Int, keys: UnsafeMutablePointer<UInt64>, capacity: Int) {
    self.query = query
    included = unsafe BestCandidates(limit: limit, buffer: keys)
    excluded = unsafe BestCandidates(limit: limit, buffer: keys + capacity)
    targetScores = []
    targetScores.reserveCapacity(judged.targets[query].count)
    nextTarget = judged.targets.starts[query]
    nextSeen = judged.seen.starts[query]
  }

  /// - Parameter scores: of the candidates of the tile; what was seen is NaN afterwards.
  mutating func take(_ scores: UnsafeMutablePointer<Float>, _ tile: Range<Int>, _ judged: JudgedQueries) {
    while nextTarget < judged.targets.starts[query + 1], judged.targets.values[nextTarget] < tile.upperBound {
      unsafe targetScores.append(scores[Int(judged.targets.values[nextTarget]) - tile.lowerBound])
      nextTarget += 1
    }
    unsafe included.take(scores, count: tile.count, first: tile.lowerBound)
    while nextSeen < judged.seen.starts[query + 1], judged.seen.values[nextSeen] < tile.upperBound {
      unsafe scores[Int(judged.seen.values[nextSeen]) - tile.lowerBound] = .nan
      nextSeen += 1
    }
    unsafe excluded.take(scores, count: tile.count, first: tile.lowerBound)
  }

  mutating func finish() {
    included.finish()
    excluded.finish()
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
