import LinearAlgebra

/// Who chose what, without repeats, and from it how many chose two candidates both.
struct Cooccurrences: Sendable {
  /// Queries by candidates.
  let choices: SparseMatrix
  /// Candidates by queries.
  let choosers: SparseMatrix

  /// - Parameters: rows in the vocabularies; row 0 is unknown and left out.
  init(queries: [Int32], candidates: [Int32], candidateCount: Int) {
    choices = SparseMatrix(
      rowCount: Int(queries.max() ?? 0), columnCount: candidateCount, rows: queries, columns: candidates, first: 1)
    choosers = choices.transposed()
  }

  /// How many queries chose each candidate.
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
    for place in 0..<count { self[place] = values[place] }
  }
}
