import LinearAlgebra

/// The 0/1 matrix of queries by candidates, and from it how many queries chose both of two candidates.
struct Cooccurrences: Sendable {
  /// Queries by candidates.
  let choices: SparseMatrix
  /// Candidates by queries.
  let choosers: SparseMatrix

  /// - Parameter pairs: train pairs; candidates that are not in `0..<candidateCount` are left out.
  init(_ pairs: NumberedPairs, candidateCount: Int) {
    // The matrix leaves out negative columns.
    choices = SparseMatrix(
      rowCount: pairs.queryCount, columnCount: candidateCount, rows: pairs.queries,
      columns: pairs.candidates.map { $0 < candidateCount ? $0 : -1 })
    choosers = choices.transposed()
  }

  /// The number of queries that chose each candidate.
  var counts: [Float] { (0..<choosers.rowCount).map { Float(choosers.row($0).count) } }

  /// Calls `body` with each query's choices, for all queries that chose the candidate: together they are its row of the
  /// co-occurrences.
  func forEachPartner(of candidate: Int, _ body: (_ other: Int) -> Void) {
    for query in choosers.row(candidate) {
      for other in choices.row(Int(query)) { body(Int(other)) }
    }
  }
}

extension UnsafeMutableBufferPointer<Float> {
  /// Copies a score for each candidate.
  func write(_ values: [Float]) {
    precondition(values.count == count, "\(values.count) scores for \(count) candidates")
    for place in 0..<count { unsafe self[place] = values[place] }
  }
}
