/// Number of queries that chose the candidate in the newest part of training, the same for everybody: what a model has
/// to beat where tastes move.
package struct RecentPopularity: HistoryScores {
  package static let defaultShare = 0.2

  private let counts: [Float]

  /// - Parameters:
  ///   - pairs: train pairs; candidates that are not in `0..<candidateCount` are not counted.
  ///   - timestamps: the time of each pair; among equal ones later pairs are newer.
  ///   - share: the newest share of the pairs, rounded down, at least one pair.
  package init(
    _ pairs: NumberedPairs, timestamps: [Double], candidateCount: Int, share: Double = defaultShare
  ) {
    precondition(pairs.count == timestamps.count, "\(pairs.count) pairs, \(timestamps.count) times")
    precondition(share > 0 && share <= 1, "a share of \(share)")
    let order = timestamps.indices.sorted { (timestamps[$0], $0) < (timestamps[$1], $1) }
    let newest = order.suffix(max(Int(Double(order.count) * share), 1))
    let recent = NumberedPairs(
      queries: newest.map { pairs.queries[$0] }, candidates: newest.map { pairs.candidates[$0] })
    counts = recent.distinct.counts(candidateCount: candidateCount).map { Float($0) }
  }

  package var sharedScores: [Float]? { counts }

  package func score(_ history: ArraySlice<Int32>, into scores: UnsafeMutableBufferPointer<Float>) {
    unsafe scores.write(counts)
  }
}
