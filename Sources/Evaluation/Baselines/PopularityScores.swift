/// The baseline that every model has to beat: how many chose the candidate in training, the same for everybody.
package struct PopularityScores: HistoryScores {
  private let counts: [Float]

  /// - Parameter counts: distinct train pairs of each candidate.
  package init(counts: [Int32]) { self.counts = counts.map { Float($0) } }

  package var sharedScores: [Float]? { counts }

  package func score(_ history: ArraySlice<Int32>, into scores: UnsafeMutableBufferPointer<Float>) {
    _ = unsafe scores.update(fromContentsOf: counts)
  }
}
