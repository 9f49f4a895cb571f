import Kernels
import Tables

/// Reads a history in its order: the sum of its bags, each over a table of its own, at unit length where the query tower
/// has that.
struct HistoryFoldIn: FoldInRule {
  let bags: [HistoryBag]
  /// A table for each bag: a row for each candidate, and row 0 for unknown ones.
  let tables: [Matrix]
  let isUnit: Bool

  func vectors(for histories: [[CandidateNumber]]) -> Matrix {
    let vectors = Matrix(rows: histories.count, columns: tables.first?.columns ?? 0)
    for (row, history) in histories.enumerated() {
      for (bag, table) in zip(bags, tables) {
        for (weight, candidate) in zip(bag.weights(count: history.count), history.reversed()) {
          vectors.addScaled(row: Int(candidate.row.index), of: table, by: weight, to: row)
        }
      }
      if isUnit { vectors.scale(row: row, by: 1 / length(of: vectors, row)) }
    }
    return vectors
  }

  func contributions(of history: [CandidateNumber], to candidate: CandidateNumber) -> [Float]? { nil }

  private func length(of vectors: Matrix, _ row: Int) -> Float {
    max(vectors.squaredLength(row: row).squareRoot(), ScaledVectors.leastNorm)
  }
}
