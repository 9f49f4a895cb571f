import Kernels
import LinearAlgebra
import ParallelLoops

/// The candidates that alternating least squares begin with: the leading right singular vectors of
/// `N = C^-½ W D^-½`, with W the weights of the pairs and C and D the penalties of queries and candidates, times `D^-½` and
/// the roots of their singular values.
///
/// As long as vectors are small, the penalties outweigh the rest of the equations, and a sweep is one power iteration with
/// `NᵀN`. Subspace iteration (Halko, Martinsson & Tropp, "Finding Structure with Randomness", 2011, algorithm 4.4) does
/// the same without solving anything: 2 iterations, 5 products with the pairs of d multiply-adds each.
struct SpectralStart: Sendable {
  static let iterations = 2
  /// What the mean eigenvalue of α₀ QᵀQ is to be, as a multiple of the mean penalty. From 0.1 to 1 recall is much alike.
  static let scale = 0.3

  /// One tower's pairs and penalties, a row each.
  struct Side: Sendable {
    let chosen: SparseMatrix
    let penalties: [Float]
  }

  let queries: Side
  let candidates: Side
  let threads: Int

  /// - Parameters:
  ///   - drawn: numbers × dimension, random rows; gives as many.
  ///   - unobservedWeight: α₀.
  func candidates(from drawn: Matrix, unobservedWeight: Double) -> Matrix {
    var basis = drawn
    for _ in 0..<Self.iterations {
      let images = product(candidates, queries, product(queries, candidates, basis))
      // Orthonormal, but for what is no more than rounding.
      basis = turned(images) { 1 / $0.squareRoot() }
    }
    let images = product(queries, candidates, basis)
    // The singular values are the roots of the eigenvalues.
    let start = turned(basis, by: images) { $0.squareRoot().squareRoot() }
    var (squares, penalty, count) = (0.0, 0.0, 0.0)
    for row in 0..<start.rows where !candidates.chosen.row(row).isEmpty {
      start.scale(row: row, by: 1 / candidates.penalties[row].squareRoot())
      squares += Double(start.squaredLength(row: row))
      penalty += Double(candidates.penalties[row])
      count += 1
    }
    guard squares > 0 else { return drawn }
    let wanted = Self.scale * Double(start.columns) * penalty / count
    let factor = Float((wanted / (unobservedWeight * squares)).squareRoot())
    for row in 0..<start.rows { start.scale(row: row, by: factor) }
    return start
  }

  /// Rows of one side from rows of the other, by N or its transpose.
  private func product(_ side: Side, _ other: Side, _ source: Matrix) -> Matrix {
    let result = Matrix(rows: side.chosen.rowCount, columns: source.columns)
    let size = 128
    parallel(blocks: (result.rows + size - 1) / size, threads: threads) { block in
      for row in block * size..<min((block + 1) * size, result.rows) {
        let columns = side.chosen.row(row)
        let factors = zip(columns.indices, columns).map { place, column in
          (side.chosen.values?[place] ?? 1) / (side.penalties[row] * other.penalties[Int(column)]).squareRoot()
        }
        unsafe columns.withUnsafeBufferPointer { columns in
          unsafe ListedRows(columns, of: source).sum(factors: factors, into: result.pointer(row: row))
        }
      }
    }
    return result
  }

  /// Rows in the eigenvectors of the Gram matrix of `images`, each direction times a factor of its eigenvalue; 0 where
  /// that is no more than rounding.
  private func turned(_ rows: Matrix, by images: Matrix? = nil, factor: (Double) -> Double) -> Matrix {
    let images = images ?? rows
    let eigen = SymmetricEigenvectors(
      of: gramInDoubles(of: images, rows: (0..<Int32(images.rows)).map { $0 }, threads: threads))
    let least = (eigen.values.max() ?? 0) * 1e-12
    let turns = DenseMatrix(rows: rows.columns, columns: rows.columns)
    for (row, value) in eigen.values.enumerated() where value > least {
      let factor = factor(value)
      for column in 0..<rows.columns { turns[row, column] = factor * eigen.vectors[row, column] }
    }
    return LeastSquares.products(of: rows, rows: 0..<rows.rows, with: LeastSquares.packed(turns), threads: threads)
  }
}
