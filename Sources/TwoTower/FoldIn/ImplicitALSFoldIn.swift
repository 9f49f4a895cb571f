import Kernels
import Tables

/// Solves that one user's equations of implicit alternating least squares, as training does: a known user's history
/// gives that user's vector.
struct ImplicitALSFoldIn: FoldInRule {
  private let objective: ImplicitALSObjective
  private let candidates: Matrix
  /// The candidates' share of the equations.
  private let squares: LeastSquares

  init(_ objective: ImplicitALSObjective, candidates: Matrix) {
    self.objective = objective
    self.candidates = candidates
    squares = LeastSquares(
      fixed: candidates, first: 0, rows: (0..<Int32(candidates.rows)).map { $0 },
      unobservedWeight: objective.unobservedWeight, threads: 1)
  }

  private func penalty(_ history: [CandidateNumber]) -> Float {
    objective.penalty(weight: Double(history.count), others: candidates.rows)
  }

  func vectors(for histories: [[CandidateNumber]]) -> Matrix {
    let vectors = Matrix(rows: histories.count, columns: candidates.columns)
    let space = LeastSquares.Workspace(columns: candidates.columns)
    for (row, history) in histories.enumerated() {
      let vector = unsafe vectors.pointer(row: row)
      let gain = unsafe squares.solve(
        history.map(\.value)[...], weights: nil, penalty: penalty(history), into: unsafe vector, space)
      // Equations that single precision cannot solve are answered by nothing rather than by noise.
      if !gain.isFinite { unsafe vector.update(repeating: 0, count: candidates.columns) }
    }
    return vectors
  }

  func contributions(of history: [CandidateNumber], to candidate: CandidateNumber) -> [Float]? {
    // Where the equations cannot be solved, the vector is zero.
    unsafe squares.contributions(
      of: history.map(\.value), to: unsafe candidates.pointer(row: Int(candidate.value)), penalty: penalty(history),
      LeastSquares.Workspace(columns: candidates.columns)) ?? [Float](repeating: 0, count: history.count)
  }
}
