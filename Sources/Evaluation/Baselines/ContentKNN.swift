import Kernels
import LinearAlgebra

/// Nearest neighbours by content: a candidate's score is the sum over the history of the cosines of their features,
/// weighted by tf-idf (Salton & Buckley, "Term-Weighting Approaches in Automatic Text Retrieval", 1988).
///
/// A value's weight is the one that the features give it (tf), times ln(n / m) for m of n described candidates that have it
/// (idf): what all have says nothing. A candidate says nothing for itself. It needs no train pairs, so that new candidates
/// are ranked as any other. An empty history is answered by the popularity of features.
package struct ContentKNN: HistoryScores {
  /// A row for each candidate, of length 1; without elements where nothing tells the candidate from others.
  private let described: SparseMatrix
  private let withoutHistory: FeaturePopularity

  /// - Parameter counts: distinct train pairs of each candidate, for empty histories.
  package init(_ features: CandidateFeatures, counts: [Int32]) {
    described = Self.unitRows(features.matrix)
    withoutHistory = FeaturePopularity(features, counts: counts)
  }

  private static func unitRows(_ matrix: SparseMatrix) -> SparseMatrix {
    var frequency = [Int](repeating: 0, count: matrix.columnCount)
    for column in matrix.columns { frequency[Int(column)] += 1 }
    let count = (0..<matrix.rowCount).count { !matrix.row($0).isEmpty }
    let idf = frequency.map { naturalLogarithm(Double(max(count, 1)) / Double(max($0, 1))) }
    return SparseMatrix(
      columnCount: matrix.columnCount,
      rows: (0..<matrix.rowCount).map { row in
        let elements = (matrix.starts[row]..<matrix.starts[row + 1]).map { place in
          (column: matrix.columns[place], value: Double(matrix.values?[place] ?? 1) * idf[Int(matrix.columns[place])])
        }
        let length = elements.reduce(0) { $0 + $1.value * $1.value }.squareRoot()
        return length > 0 ? elements.map { (column: $0.column, value: Float($0.value / length)) } : []
      })
  }

  package func score(_ history: ArraySlice<Int32>, into scores: UnsafeMutableBufferPointer<Float>) {
    guard !history.isEmpty else { return unsafe withoutHistory.score(history, into: scores) }
    precondition(scores.count == described.rowCount, "\(scores.count) scores for \(described.rowCount) candidates")
    guard let values = described.values else { return unsafe scores.update(repeating: 0) }
    var profile = [Float](repeating: 0, count: described.columnCount)
    for candidate in history {
      for place in described.starts[Int(candidate)]..<described.starts[Int(candidate) + 1] {
        profile[Int(described.columns[place])] += values[place]
      }
    }
    for candidate in 0..<described.rowCount {
      var sum: Float = 0
      for place in described.starts[candidate]..<described.starts[candidate + 1] {
        sum += values[place] * profile[Int(described.columns[place])]
      }
      unsafe scores[candidate] = sum
    }
    for candidate in history where !described.row(Int(candidate)).isEmpty { unsafe scores[Int(candidate)] -= 1 }
  }
}
