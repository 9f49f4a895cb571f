import Kernels

/// Scores every candidate from a history.
package protocol HistoryScores: Sendable {
  /// - Parameters:
  ///   - history: candidates as numbers from 0, distinct and rising; may be empty.
  ///   - scores: one for each candidate, written whole.
  func score(_ history: ArraySlice<Int32>, into scores: UnsafeMutableBufferPointer<Float>)

  /// The scores of all candidates where every history has the same; nil where they differ.
  var sharedScores: [Float]? { get }

  /// The orders of all candidates where they are drawn; nil where candidates are scored.
  var drawnOrders: RandomScores? { get }
}

extension HistoryScores {
  package var sharedScores: [Float]? { nil }

  package var drawnOrders: RandomScores? { nil }
}

/// Scores from the history of each judged query, one query at a time.
package struct HistoryLines: CandidateScores {
  private let judged: JudgedQueries
  private let scorer: any HistoryScores

  package init(_ scorer: any HistoryScores, for judged: JudgedQueries) {
    self.scorer = scorer
    self.judged = judged
  }

  package var tileWidth: Int { Matrix.padded(max(judged.candidateCount, 1)) }

  package func score(
    _ queries: Range<Int>, against tile: Range<Int>, into scores: UnsafeMutablePointer<Float>, stride: Int
  ) {
    for (row, query) in queries.enumerated() {
      unsafe scorer.score(
        judged.history(query), into: UnsafeMutableBufferPointer(start: scores + row * stride, count: tile.count))
    }
  }
}
