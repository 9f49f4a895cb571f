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
    let vectors = sums(over: histories)
    if isUnit { for row in 0..<vectors.rows { vectors.scale(row: row, by: 1 / length(of: vectors, row)) } }
    return vectors
  }

  /// The weighted sums, whatever their length.
  private func sums(over histories: [[CandidateNumber]]) -> Matrix {
    let sums = Matrix(rows: histories.count, columns: tables.first?.columns ?? 0)
    for (row, history) in histories.enumerated() {
      for (bag, table) in zip(bags, tables) {
        for (weight, candidate) in zip(bag.weights(count: history.count), history.reversed()) {
          sums.addScaled(row: Int(candidate.row.index), of: table, by: weight, to: row)
        }
      }
    }
    return sums
  }

  /// Unit length divides the term of every choice by the length of the sum.
  func contributions(of history: [CandidateNumber], to candidate: [Float]) -> [Float] {
    let scale = isUnit ? 1 / length(of: sums(over: [history]), 0) : 1
    var terms = [Float](repeating: 0, count: history.count)
    for (bag, table) in zip(bags, tables) {
      for (weight, place) in zip(bag.weights(count: history.count), history.indices.reversed()) {
        terms[place] += scale * weight * table.product(row: Int(history[place].row.index), with: candidate)
      }
    }
    return terms
  }

  private func length(of vectors: Matrix, _ row: Int) -> Float {
    max(vectors.squaredLength(row: row).squareRoot(), ScaledVectors.leastNorm)
  }
}
