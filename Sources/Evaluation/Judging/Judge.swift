import Kernels
import ParallelLoops
import TwoTower

/// Judges scores by held-out pairs, over all candidates.
///
/// Scores are computed a tile at a time and looked at while they are in cache: the best candidates of every query are
/// filtered out of them under both protocols, and the targets' ranks are read off those lists. Memory is a tile and a
/// list for each of a few queries and each thread, whatever the size of the catalog.
package struct Judge: Sendable {
  package private(set) var judged: JudgedQueries
  package let ks: [Int]
  package let hitRateTies: TieRule
  private(set) var pairSlices: PairSlices
  let threads: Int
  let popularity: [Int32]
  /// `false` for candidates that cannot be retrieved, and nil where all can be.
  let competing: [Bool]?
  let competingCount: Int
  /// Bits of surprise at each candidate: −log₂ of its share of the train pairs, one that has none counted as having
  /// one.
  let surprise: [Double]
  let discounts: Discounts
  let order: [Int]

  /// Queries that are scored at once, as many as make up for fetching a tile of candidates from the outer caches.
  private static let rows = 192
  /// Scores that are looked through at once.
  private static let chunk = 1024

  /// - Parameters:
  ///   - counts: train pairs of each candidate.
  ///   - newOnly: `true` if only candidates without train pairs compete. Lists then reach all of them, and AUC is
  ///     measured.
  package init(
    _ judged: JudgedQueries, counts: [Int32], ks: [Int], ties: TieRule, newOnly: Bool = false,
    pairSlices: PairSlices = PairSlices(), threads: Int
  ) {
    precondition(counts.count == judged.candidateCount, "\(counts.count) counts of \(judged.candidateCount) candidates")
    self.judged = judged
    self.ks = ks
    hitRateTies = ties
    self.pairSlices = pairSlices
    self.threads = threads
    popularity = counts
    competing = newOnly ? counts.map { $0 == 0 } : nil
    competingCount = newOnly ? counts.count { $0 == 0 } : judged.candidateCount
    let total = Double(max(counts.reduce(0) { $0 + Int($1) }, 1))
    surprise = counts.map { naturalLogarithm(total / Double(max($0, 1))) / naturalLogarithmOf2 }
    discounts = Discounts(count: min(ks.max() ?? 1, judged.candidateCount))
    order = ks.indices.sorted { ks[$0] < ks[$1] }
  }

  /// No list is longer than the catalog.
  package var limit: Int { max(competing == nil ? min(ks.max() ?? 1, judged.candidateCount) : competingCount, 1) }

  /// `true` if the rank of every target is known.
  var measuresAUC: Bool { competing != nil }

  /// `true` if some candidate that competes has no train pair.
  var hasNewCandidates: Bool { popularity.contains(0) }

  package func judge(_ scores: some CandidateScores) -> Judgement { judgement(judgePart(scores)) }

  package func judge(_ scorer: any HistoryScores) -> Judgement { judgement(judgePart(scorer)) }

  /// The judge of other queries over the same candidates.
  func judging(_ judged: JudgedQueries, _ pairSlices: PairSlices) -> Judge {
    precondition(judged.candidateCount == self.judged.candidateCount, "\(judged.candidateCount) candidates")
    var judge = self
    (judge.judged, judge.pairSlices) = (judged, pairSlices)
    return judge
  }

  /// The terms that each query adds, with the candidates of its list added to `coverage`.
  func sums(of ranking: SharedRanking, _ coverage: Coverage) -> QuerySums {
    lineSums(coverage) { SharedLine(ranking, judged, $0, limit: limit) }
  }

  func sums(of scores: some CandidateScores, _ coverage: Coverage) -> QuerySums {
    sums(of: scores, coverage, keeping: nil)
  }

  /// The terms that each query adds where histories have scores of their own, or orders that are drawn.
  func sums(of scorer: any HistoryScores, _ coverage: Coverage) -> QuerySums {
    guard let drawn = scorer.drawnOrders else { return sums(of: HistoryLines(scorer, for: judged), coverage) }
    return lineSums(coverage) { query in
      let order = drawn.order(of: judged.history(query), candidateCount: judged.candidateCount)
      return DrawnLine(order, judged, query, limit: limit, competing: competing)
    }
  }

  /// Judges, and keeps the lists that were judged.
  package func judgeKeepingLists(_ scores: some CandidateScores) -> (Judgement, AnsweredLists) {
    let (part, lists) = judgePartKeepingLists(scores)
    return (judgement(part), lists)
  }

  func judgePartKeepingLists(_ scores: some CandidateScores) -> (JudgedPart, AnsweredLists) {
    let keeper = AnsweredLists.Keeper(judged)
    let coverage = Coverage(candidates: judged.candidateCount)
    return (JudgedPart(sums: sums(of: scores, coverage, keeping: keeper), coverage: coverage), keeper.lists)
  }

  /// Judges lists in their order, in which nothing ties.
  package func judge(_ lists: AnsweredLists) -> Judgement {
    let coverage = Coverage(candidates: judged.candidateCount)
    return judgement(lineSums(coverage) { lists.line($0) }, coverage)
  }

  /// - Parameter line: the answer to a query, by its place.
  private func lineSums(_ coverage: Coverage, _ line: @Sendable (Int) -> some AnsweredLine) -> QuerySums {
    let sums = emptySums
    let rows = 256
    parallel(blocks: (judged.count + rows - 1) / rows, threads: threads) { block in
      let range = block * rows..<min((block + 1) * rows, judged.count)
      let lines = range.map { line($0) }
      for (query, line) in zip(range, lines) { measure(query, line, into: sums) }
      coverage.take(lines)
    }
    return sums
  }

  var layout: QuerySums.Layout { QuerySums.Layout(lengths: ks.count, pairSlices: pairSlices.names.count) }

  private var emptySums: QuerySums { QuerySums(count: judged.count, layout: layout) }

  /// Queries that differ by context alone are not independent: they are one row, with the means of what is measured by
  /// query.
  func judgement(_ sums: QuerySums, _ coverage: Coverage) -> Judgement {
    Judgement(
      judge: self, sums: judged.contexts == nil ? sums : sums.means(ofRunsFrom: judged.firsts),
      covered: SeenProtocol.allCases.map { seen in ks.map { coverage.count(seen, $0) } })
  }

  private func judgement(_ part: JudgedPart) -> Judgement { judgement(part.sums, part.coverage) }

  private func sums(
    of scores: some CandidateScores, _ coverage: Coverage, keeping keeper: AnsweredLists.Keeper?
  ) -> QuerySums {
    let sums = emptySums
    let width = min(scores.tileWidth, Matrix.padded(max(judged.candidateCount, 1)))
    let capacity = BestCandidates.capacity(limit: limit, tileWidth: limit + 16)
    let rows = self.rows(width: width, capacity: capacity)
    parallel(blocks: (judged.count + rows - 1) / rows, threads: threads) { block in
      let range = block * rows..<min((block + 1) * rows, judged.count)
      judge(range, scores, width: width, capacity: capacity, into: sums, coverage, keeping: keeper)
    }
    return sums
  }

  /// Scores stay in the second-level cache, long lists leave room for fewer queries, and every thread gets some.
  private func rows(width: Int, capacity: Int) -> Int {
    let shared = max(judged.count / (4 * max(threads, 1)), 24)
    return max(min(Self.rows, shared, (1 << 18) / width, (1 << 20) / capacity), 1)
  }

  private func judge(
    _ queries: Range<Int>, _ scores: some CandidateScores, width: Int, capacity: Int, into sums: QuerySums,
    _ coverage: Coverage, keeping keeper: AnsweredLists.Keeper?
  ) {
    let tileScores = AlignedFloats(uninitialised: queries.count * width)
    let lists = queries.count * 2 * capacity
    let keys = UnsafeMutablePointer<UInt64>.allocate(capacity: lists + QueryLine.keys(tileWidth: Self.chunk))
    defer { unsafe keys.deallocate() }
    var lines = queries.enumerated().map { row, query in
      unsafe QueryLine(
        judged, query, limit: limit, keys: keys + row * 2 * capacity, capacity: capacity)
    }
    for start in stride(from: 0, to: judged.candidateCount, by: width) {
      let tile = start..<min(start + width, judged.candidateCount)
      unsafe scores.score(queries, against: tile, into: tileScores.pointer, stride: width)
      if let competing {
        for candidate in tile where !competing[candidate] {
          for row in lines.indices {
            unsafe tileScores.pointer[row * width + candidate - tile.lowerBound] = .nan
          }
        }
      }
      for row in lines.indices {
        for first in stride(from: tile.lowerBound, to: tile.upperBound, by: Self.chunk) {
          unsafe lines[row].take(
            tileScores.pointer + row * width + first - start, first..<min(first + Self.chunk, tile.upperBound), judged,
            keys: keys + lists)
        }
      }
    }
    for row in lines.indices {
      lines[row].finish()
      measure(queries.lowerBound + row, lines[row], into: sums)
    }
    keeper?.take(lines, judged)
    coverage.take(lines)
  }
}
