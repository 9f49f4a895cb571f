import Kernels

/// The eigenvalues and eigenvectors of a symmetric matrix, `A = Σ value · vᵀv`, by Householder's reduction to three
/// diagonals and implicit QL steps (Golub & Van Loan, "Matrix Computations", 8.3). About 9 order³ operations on one
/// thread, the larger part in whole registers. The result for a non-finite matrix is undefined.
package struct SymmetricEigenvectors: Sendable {
  /// The eigenvalues, in no particular order.
  package let values: [Double]
  /// A row each, orthonormal.
  package let vectors: DenseMatrix

  /// Convergence is cubic; two steps an eigenvalue are usual.
  static let mostSteps = 64

  /// - Parameter matrix: symmetric.
  package init(of matrix: DenseMatrix) {
    precondition(matrix.rows == matrix.columns, "\(matrix.rows) by \(matrix.columns) is not square")
    var reduced = Tridiagonal(matrix)
    reduced.diagonalise()
    values = reduced.diagonal
    vectors = reduced.turns
  }
}

/// `A = QTQᵀ` with T of three diagonals.
private struct Tridiagonal {
  var diagonal: [Double]
  /// Element i is beside elements i and i + 1 of the diagonal; the last is 0.
  private var beside: [Double]
  /// Qᵀ.
  let turns: DenseMatrix
  private let order: Int

  init(_ matrix: DenseMatrix) {
    order = matrix.rows
    let rest = DenseMatrix(rows: order, columns: order)
    rest.copyRows(0..<order, of: matrix)
    let reflections = DenseMatrix(rows: order, columns: order)
    var factors = [Double](repeating: 0, count: order)
    diagonal = factors
    beside = factors
    for step in 0..<order {
      diagonal[step] = rest[step, step]
      guard step + 1 < order else { break }
      let from = step / 16 * 16
      for column in step + 1..<order { reflections[step, column] = rest[step, column] }
      let length = reflections.squaredLength(row: step, from: from).squareRoot()
      let first = reflections[step, step + 1]
      beside[step] = first > 0 ? -length : length
      // No cancellation: the sign is the other one.
      reflections[step, step + 1] = first - beside[step]
      let square = reflections.squaredLength(row: step, from: from)
      guard square > 0 else { continue }
      factors[step] = 2 / square
      Self.reflect(rest, step, reflections, factor: factors[step])
    }
    turns = DenseMatrix(rows: order, columns: order)
    for row in 0..<order { turns[row, row] = 1 }
    for step in stride(from: order - 2, through: 0, by: -1) where factors[step] != 0 {
      let from = step / 16 * 16
      for row in step + 1..<order {
        let product = factors[step] * turns.dot(row: row, with: reflections, row: step, from: from)
        turns.addScaled(row: step, of: reflections, by: -product, to: row, from: from)
      }
    }
  }

  /// `A = HAH` below and right of a step, `H = I − factor · vᵀv` with v the step's row of the reflections:
  /// `A − vᵀw − wᵀv`.
  private static func reflect(_ rest: DenseMatrix, _ step: Int, _ reflections: DenseMatrix, factor: Double) {
    let (order, from) = (rest.rows, step / 16 * 16)
    let products = DenseMatrix(rows: 1, columns: order)
    for row in step + 1..<order {
      products[0, row] = factor * rest.dot(row: row, with: reflections, row: step, from: from)
    }
    let shared = factor / 2 * products.dot(row: 0, with: reflections, row: step, from: from)
    products.addScaled(row: step, of: reflections, by: -shared, to: 0, from: from)
    for row in step + 1..<order {
      rest.addScaled(row: 0, of: products, by: -reflections[step, row], to: row, from: from)
      rest.addScaled(row: step, of: reflections, by: -products[0, row], to: row, from: from)
    }
  }

  /// Rotates `turns` until the off-diagonal elements are no more than rounding.
  mutating func diagonalise() {
    let greatest = zip(diagonal, beside).reduce(0) { max($0, abs($1.0) + abs($1.1)) }
    let least = greatest * .ulpOfOne
    for first in 0..<order {
      for _ in 0..<SymmetricEigenvectors.mostSteps {
        let last = (first..<order).first { $0 + 1 == order || abs(beside[$0]) <= least } ?? first
        guard last > first else { break }
        step(first, last)
      }
    }
  }

  /// One implicit QL step with Wilkinson's shift on the elements first...last.
  private mutating func step(_ first: Int, _ last: Int) {
    let slope = (diagonal[first + 1] - diagonal[first]) / (2 * beside[first])
    let root = (slope * slope + 1).squareRoot()
    var g = diagonal[last] - diagonal[first] + beside[first] / (slope + (slope < 0 ? -root : root))
    var (sine, cosine, carried) = (1.0, 1.0, 0.0)
    for place in stride(from: last - 1, through: first, by: -1) {
      let (f, b) = (sine * beside[place], cosine * beside[place])
      let length = (f * f + g * g).squareRoot()
      beside[place + 1] = length
      if length == 0 {
        diagonal[place + 1] -= carried
        beside[last] = 0
        return
      }
      (sine, cosine) = (f / length, g / length)
      g = diagonal[place + 1] - carried
      let r = (diagonal[place] - g) * sine + 2 * cosine * b
      carried = sine * r
      diagonal[place + 1] = g + carried
      g = cosine * r - b
      turns.rotate(row: place, with: place + 1, cosine: cosine, sine: sine)
    }
    diagonal[first] -= carried
    beside[first] = g
    beside[last] = 0
  }
}
