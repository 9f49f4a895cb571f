/// How often the newest part of training saw the candidate, the same for everybody: what a model has to beat where tastes
/// move.
package struct RecentPopularity: HistoryScores {
  package static let defaultShare = 0.2

  private let counts: [Float]

  /// - Parameters:
  ///   - candidates: of the train pairs as rows in the vocabulary; row 0 is unknown and not counted.
  ///   - timestamps: of the train pairs; of equal ones later rows are newer.
  ///   - share: of the train pairs, rounded down, at least one.
  package init(
    candidates: [Int32], timestamps: [Double], candidateCount: Int, share: Double = defaultShare
  ) {
    precondition(candidates.count == timestamps.count, "\(candidates.count) pairs, \(timestamps.count) times")
    precondition(share > 0 && share <= 1, "a share of \(share)")
    let order = candidates.indices.sorted { (timestamps[$0], $0) < (timestamps[$1], $1) }
    var counts = [Float](repeating: 0, count: candidateCount)
    for pair in order.suffix(max(Int(Double(order.count) * share), 1)) where candidates[pair] > 0 {
      counts[Int(candidates[pair]) - 1] += 1
    }
    self.counts = counts
  }

  package func score(_ history: ArraySlice<Int32>, into scores: UnsafeMutableBufferPointer<Float>) {
    scores.write(counts)
  }
}
