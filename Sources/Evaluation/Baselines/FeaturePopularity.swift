import LinearAlgebra

/// The popularity that a candidate's features make likely, whatever its own: the mean, over the values of its features,
/// of the mean number of train pairs that candidates of train with that value have. It is the same for everybody, and
/// says of new candidates what popularity can.
///
/// A value counts as there or not, whatever its weight. One that no candidate of train has says nothing, and a candidate
/// of which nothing is known has 0.
package struct FeaturePopularity: HistoryScores {
  private let scores: [Float]

  /// - Parameter counts: distinct train pairs of each candidate.
  package init(_ features: CandidateFeatures, counts: [Int32]) {
    let matrix = features.matrix
    precondition(matrix.rowCount == counts.count, "features of \(matrix.rowCount) candidates, \(counts.count) counts")
    var sums = [Double](repeating: 0, count: matrix.columnCount)
    var known = [Int](repeating: 0, count: matrix.columnCount)
    for (candidate, count) in counts.enumerated() where count > 0 {
      for column in matrix.row(candidate) {
        sums[Int(column)] += Double(count)
        known[Int(column)] += 1
      }
    }
    scores = counts.indices.map { candidate in
      let values = matrix.row(candidate).filter { known[Int($0)] > 0 }
      let total = values.reduce(0) { $0 + sums[Int($1)] / Double(known[Int($1)]) }
      return values.isEmpty ? 0 : Float(total / Double(values.count))
    }
  }

  package var sharedScores: [Float]? { scores }

  package func score(_ history: ArraySlice<Int32>, into scores: UnsafeMutableBufferPointer<Float>) {
    unsafe scores.write(self.scores)
  }
}
