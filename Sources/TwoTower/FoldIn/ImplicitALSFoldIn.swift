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
      fixed: candidates, rows: (0..<Int32(candidates.rows)).map { $0 }, unobservedWeight: objective.unobservedWeight,
      threads: 1)
  }

  /// - Parameter other: the vector of a candidate that is rotated too, as the last row.
  private func chosen(_ history: [CandidateNumber], and other: [Float]? = nil) -> LeastSquares.Chosen {
    let own = Matrix(rows: history.count + (other == nil ? 0 : 1), columns: candidates.columns)
    for (row, candidate) in history.enumerated() { own.copy(row: Int(candidate.value), of: candidates, to: row) }
    for (column, value) in (other ?? []).prefix(own.columns).enumerated() { own[history.count, column] = value }
    return LeastSquares.Chosen(
      rows: (0..<Int32(history.count)).map { $0 }[...],
      table: squares.rotated(own, rows: 0..<own.rows, threads: 1), weights: nil,
      penalty: objective.penalty(weight: Double(history.count), others: candidates.rows))
  }

  func vectors(for histories: [[CandidateNumber]]) -> Matrix {
    let space = LeastSquares.Workspace(columns: candidates.columns, solutions: histories.count)
    for (row, history) in histories.enumerated() {
      let gain = squares.solve(chosen(history), at: row, space)
      // Equations that single precision cannot solve are answered by nothing rather than by noise.
      if !gain.isFinite { space.solutions.zero(row: row) }
    }
    squares.turnBack(histories.count, space)
    return space.solutions
  }

  func contributions(of history: [CandidateNumber], to candidate: [Float]) -> [Float] {
    let chosen = chosen(history, and: candidate)
    // Where the equations cannot be solved, the vector is zero.
    return unsafe squares.contributions(
      chosen, to: chosen.table.pointer(row: history.count), LeastSquares.Workspace(columns: candidates.columns))
      ?? [Float](repeating: 0, count: history.count)
  }
}
