import Kernels
import Tables

/// Sums the vectors of a history, as the query tower of a linear autoencoder does: a known query's history gives that
/// query's vector, bit for bit where its pairs have no weights.
struct LinearAutoencoderFoldIn: FoldInRule {
  let candidates: Matrix

  func vectors(for histories: [[CandidateNumber]]) -> Matrix {
    let vectors = Matrix(rows: histories.count, columns: candidates.columns)
    for (row, history) in histories.enumerated() {
      // By rising numbers, as training adds them.
      for candidate in history.sorted() {
        unsafe addScaled(
          candidates.pointer(row: Int(candidate.value)), by: 1, to: vectors.pointer(row: row), count: vectors.stride)
      }
    }
    return vectors
  }

  func contributions(of history: [CandidateNumber], to candidate: CandidateNumber) -> [Float]? {
    let vector = unsafe candidates.pointer(row: Int(candidate.value))
    return history.map { unsafe dot(candidates.pointer(row: Int($0.value)), vector, count: candidates.stride) }
  }
}
