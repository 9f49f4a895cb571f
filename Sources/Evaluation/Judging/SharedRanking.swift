import BasicAlgorithms

/// The ranking of candidates by scores that are the same for every query, sorted once for all of them.
struct SharedRanking: Sendable {
  private let scores: [Float]
  /// Candidates that can be retrieved, best first, equals by their numbers.
  let order: [Int32]
  /// The number of candidates with a greater score, and with the same one, by candidate.
  private let greater: [Int32]
  private let equal: [Int32]

  /// - Parameters:
  ///   - scores: of each candidate; NaN for one that can never be retrieved.
  ///   - competing: `false` for candidates that cannot be retrieved either; nil where all can.
  init(_ scores: [Float], competing: [Bool]?) {
    self.scores = scores
    let order = scores.indices.filter { !scores[$0].isNaN && competing?[$0] ?? true }
      .sorted { (scores[$1], $0) < (scores[$0], $1) }
    var (greater, equal) = ([Int32](repeating: -1, count: scores.count), [Int32](repeating: 0, count: scores.count))
    var first = 0
    while first < order.count {
      var end = first + 1
      while end < order.count, scores[order[end]] == scores[order[first]] { end += 1 }
      for place in first..<end { (greater[order[place]], equal[order[place]]) = (Int32(first), Int32(end - first - 1)) }
      first = end
    }
    self.order = order.map { Int32($0) }
    (self.greater, self.equal) = (greater, equal)
  }

  /// `true` if a candidate can be retrieved.
  func isRanked(_ candidate: Int32) -> Bool { Int(candidate) < greater.count && greater[Int(candidate)] >= 0 }

  /// Counts the other candidates that score higher and the same, without those that a query has seen.
  ///
  /// - Parameter seen: candidates that do not compete, distinct; others than the candidate count.
  func rank(_ candidate: Int32, without seen: ArraySlice<Int32>) -> (greater: Int, equal: Int) {
    let own = scores[Int(candidate)]
    var rank = (greater: Int(greater[Int(candidate)]), equal: Int(equal[Int(candidate)]))
    for other in seen where other != candidate && isRanked(other) {
      if scores[Int(other)] > own { rank.greater -= 1 } else if scores[Int(other)] == own { rank.equal -= 1 }
    }
    return rank
  }
}

/// The answer that a shared ranking gives to one query.
struct SharedLine: AnsweredLine {
  private let ranking: SharedRanking
  private let seen: ArraySlice<Int32>
  private let included: ArraySlice<Int32>
  private let excluded: [Int32]

  init(_ ranking: SharedRanking, _ judged: JudgedQueries, _ query: Int, limit: Int) {
    self.ranking = ranking
    let seen = judged.history(query)
    self.seen = seen
    included = ranking.order.prefix(limit)
    var (excluded, place) = ([Int32](), 0)
    excluded.reserveCapacity(min(limit, ranking.order.count))
    while excluded.count < limit, place < ranking.order.count {
      let candidate = ranking.order[place]
      place += 1
      let found = seen.indices.partitioningIndex { seen[$0] >= candidate }
      if found == seen.endIndex || seen[found] != candidate { excluded.append(candidate) }
    }
    self.excluded = excluded
  }

  func count(_ seen: SeenProtocol) -> Int { seen == .included ? included.count : excluded.count }

  func candidate(_ place: Int, _ seen: SeenProtocol) -> Int {
    Int(seen == .included ? included[included.startIndex + place] : excluded[place])
  }

  func rank(_ target: Int, _ seen: SeenProtocol, _ judged: JudgedQueries) -> (greater: Int, equal: Int)? {
    let candidate = judged.targets.values[target]
    guard ranking.isRanked(candidate) else { return nil }
    return ranking.rank(candidate, without: seen == .included ? [] : self.seen)
  }
}
