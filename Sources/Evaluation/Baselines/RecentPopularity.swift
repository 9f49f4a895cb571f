/// Number of queries that chose the candidate in the newest part of training, the same for everybody: what a model has to
/// beat where tastes move.
package struct RecentPopularity: HistoryScores {
  package static let defaultShare = 0.2

  private let counts: [Float]

  /// - Parameters:
  ///   - queries: of the train rows.
  ///   - candidates: of the train rows as rows in the vocabulary; row 0 is unknown and not counted.
  ///   - timestamps: of the train pairs; of equal ones later rows are newer.
  ///   - share: of the train pairs, rounded down, at least one.
  package init(
    queries: [Int32], candidates: [Int32], timestamps: [Double], candidateCount: Int, share: Double = defaultShare
  ) {
    precondition(candidates.count == timestamps.count, "\(candidates.count) pairs, \(timestamps.count) times")
    precondition(share > 0 && share <= 1, "a share of \(share)")
    let order = candidates.indices.sorted { (timestamps[$0], $0) < (timestamps[$1], $1) }
    let newest = order.suffix(max(Int(Double(order.count) * share), 1)).filter { candidates[$0] > 0 }
    let pairs = NumberedPairs(queries: newest.map { queries[$0] }, candidates: newest.map { candidates[$0] - 1 })
    counts = candidateCounts(pairs.distinct.candidates, candidateCount: candidateCount).map { Float($0) }
  }

  package func score(_ history: ArraySlice<Int32>, into scores: UnsafeMutableBufferPointer<Float>) {
    scores.write(counts)
  }
}
