import Kernels
import Tables

/// Sums the vectors of a history, as the query towers of linear autoencoders and graph filters do: a known query's
/// history gives that query's vector, bit for bit where its pairs have no weights.
struct BagFoldIn: FoldInRule {
  let candidates: Matrix

  func vectors(for histories: [[CandidateNumber]]) -> Matrix {
    let vectors = Matrix(rows: histories.count, columns: candidates.columns)
    for (row, history) in histories.enumerated() {
      // By rising numbers, as training adds them.
      for candidate in history.sorted() {
        vectors.addScaled(row: Int(candidate.value), of: candidates, by: 1, to: row)
      }
    }
    return vectors
  }

  func contributions(of history: [CandidateNumber], to candidate: [Float]) -> [Float] {
    history.map { candidates.product(row: Int($0.value), with: candidate) }
  }
}
