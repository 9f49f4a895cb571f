import Kernels
import LinearAlgebra

/// One step of subspace iteration towards the right singular vectors of a sparse matrix R (Halko, Martinsson & Tropp,
/// "Finding structure with randomness", SIAM Review 2011, algorithm 4.4), with the singular values that the step's
/// subspace has (Rayleigh and Ritz).
///
/// Costs four products with R, O(elements · dimension), two Gram matrices and two eigenproblems of the dimension's order.
/// The same bits for any number of threads.
struct SubspaceStep {
  /// R, and its transpose.
  let matrix: SparseMatrix
  let transposed: SparseMatrix
  let threads: Int

  /// Directions whose square is below this share of the greatest are rounding.
  static let leastSquare = 1e-10

  init(_ matrix: SparseMatrix, threads: Int) {
    self.matrix = matrix
    transposed = matrix.transposed()
    self.threads = threads
  }

  /// - Parameter start: a row for each column of R; its columns span the subspace that the step begins with.
  /// - Returns: the right singular vectors of the next subspace as columns, each times `scale` of the square of its
  ///   singular value, the greatest first, zeros where there are fewer; and these squares.
  func run(from start: Matrix, scale: (_ square: Double) -> Double) -> (vectors: Matrix, squares: [Double]) {
    let turned = transposed.sums(of: matrix.sums(of: start, threads: threads), threads: threads)
    let basis = combined(turned, directions(of: turned).map { $0.scaled(by: 1 / $0.square.squareRoot()) })
    let image = matrix.sums(of: basis, threads: threads)
    let singular = directions(of: image)
    return (combined(basis, singular.map { $0.scaled(by: scale($0.square)) }), singular.map(\.square))
  }

  /// An eigenvector of a Gram matrix `AᵀA`, with its eigenvalue.
  private struct Direction {
    var square: Double
    var elements: [Double]

    func scaled(by factor: Double) -> [Double] { elements.map { $0 * factor } }
  }

  /// The principal directions of a matrix's rows, the greatest first.
  private func directions(of matrix: Matrix) -> [Direction] {
    let found = SymmetricEigenvectors(of: oneTable(matrix).gramMatrix(threads: threads))
    let all = found.values.indices.map { number in
      Direction(square: found.values[number], elements: (0..<matrix.columns).map { found.vectors[number, $0] })
    }.sorted { $0.square > $1.square }
    let least = (all.first?.square ?? 0) * Self.leastSquare
    return all.filter { $0.square > max(least, 0) }
  }

  /// The matrix times the matrix that has `columns`, and zeros in place of those that are missing.
  private func combined(_ matrix: Matrix, _ columns: [[Double]]) -> Matrix {
    let map = DenseMatrix(rows: matrix.columns, columns: matrix.columns)
    for (place, column) in columns.enumerated() {
      for (row, value) in column.enumerated() { map[row, place] = value }
    }
    return oneTable(matrix).times(map, threads: threads)
  }

  private func oneTable(_ matrix: Matrix) -> SideBySide {
    SideBySide([SideBySide.Part(table: matrix, mean: nil, factors: [Double](repeating: 1, count: matrix.rows))])
  }
}
