/// The Cholesky factor of a positive semidefinite matrix, `A = RᵀR`, with R of as many rows as A has rank: the greatest
/// remaining diagonal element is the next pivot, and the rest is dropped once it is no more than rounding
/// (Higham, 1990).
package struct PivotedCholesky: Sendable {
  /// The factor, rank × order. Its columns are in the order of A's, so it is a triangle only after a permutation.
  package let factor: DenseMatrix

  package var rank: Int { factor.rows }

  /// - Parameter matrix: symmetric; the greatest eigenvalue that may be dropped is about order² ε of its greatest
  ///   diagonal element.
  package init(_ matrix: DenseMatrix) {
    let order = matrix.rows
    precondition(matrix.columns == order, "\(order) by \(matrix.columns) is not square")
    let rows = DenseMatrix(rows: order, columns: order)
    var remaining = (0..<order).map { matrix[$0, $0] }
    let least = Double(order) * .ulpOfOne * (remaining.max() ?? 0)
    var rank = 0
    while rank < order {
      let pivot = remaining.indices.reduce(0) { remaining[$1] > remaining[$0] ? $1 : $0 }
      guard remaining[pivot] > least else { break }
      Self.fill(rows, rank, from: matrix, pivot)
      for column in 0..<order { remaining[column] -= rows[rank, column] * rows[rank, column] }
      remaining[pivot] = 0
      rank += 1
    }
    factor = DenseMatrix(rows: rank, columns: order)
    factor.copyRows(0..<rank, of: rows)
  }

  /// `(A[pivot] − Σ R[k, pivot] R[k]) / √` of its own pivot.
  private static func fill(_ rows: DenseMatrix, _ rank: Int, from matrix: DenseMatrix, _ pivot: Int) {
    for column in 0..<rows.columns { rows[rank, column] = matrix[pivot, column] }
    for above in 0..<rank { rows.addScaled(row: above, of: rows, by: -rows[above, pivot], to: rank) }
    rows.scale(row: rank, by: 1 / rows[rank, pivot].squareRoot())
  }
}
