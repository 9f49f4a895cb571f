import Kernels

/// The eigenvalues and eigenvectors of a symmetric matrix, `A = Σ value · vᵀv`, by Householder's reduction to three
/// diagonals and implicit QL steps (Golub & Van Loan, "Matrix Computations", 8.3). About 9 order³ operations on one
/// thread, the larger part in whole registers. Of a matrix that is not finite nothing is said.
package struct SymmetricEigenvectors: Sendable {
  /// In no particular order.
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
    unsafe rest.pointer.update(from: matrix.pointer, count: order * matrix.stride)
    let reflections = DenseMatrix(rows: order, columns: order)
    var factors = [Double](repeating: 0, count: order)
    diagonal = factors
    beside = factors
    for step in 0..<order {
      diagonal[step] = rest[step, step]
      guard step + 1 < order else { break }
      let from = step / 16 * 16
      let count = rest.stride - from
      let vector = unsafe reflections.pointer(row: step)
      unsafe (vector + step + 1).update(from: rest.pointer(row: step) + step + 1, count: order - step - 1)
      let length = unsafe dot(vector + from, vector + from, count: count).squareRoot()
      let first = unsafe vector[step + 1]
      beside[step] = first > 0 ? -length : length
      // No cancellation: the sign is the other one.
      unsafe vector[step + 1] = first - beside[step]
      let square = unsafe dot(vector + from, vector + from, count: count)
      guard square > 0 else { continue }
      factors[step] = 2 / square
      unsafe Self.reflect(rest, step, vector: vector, factor: factors[step])
    }
    turns = DenseMatrix(rows: order, columns: order)
    for row in 0..<order { turns[row, row] = 1 }
    for step in stride(from: order - 2, through: 0, by: -1) where factors[step] != 0 {
      let from = step / 16 * 16
      let vector = unsafe reflections.pointer(row: step) + from
      for row in step + 1..<order {
        let target = unsafe turns.pointer(row: row) + from
        let product = unsafe factors[step] * dot(target, vector, count: turns.stride - from)
        unsafe Self.add(vector, -product, to: target, count: turns.stride - from)
      }
    }
  }

  /// `A = HAH` below and right of a step, `H = I − factor · vᵀv`: `A − vᵀw − wᵀv`.
  private static func reflect(_ rest: DenseMatrix, _ step: Int, vector: UnsafePointer<Double>, factor: Double) {
    let (order, from) = (rest.rows, step / 16 * 16)
    let count = rest.stride - from
    let products = DenseMatrix(rows: 1, columns: order)
    for row in step + 1..<order {
      products[0, row] = unsafe factor * dot(rest.pointer(row: row) + from, vector + from, count: count)
    }
    let shared = unsafe factor / 2 * dot(products.pointer + from, vector + from, count: count)
    unsafe add(vector + from, -shared, to: products.pointer + from, count: count)
    for row in step + 1..<order {
      let target = unsafe rest.pointer(row: row) + from
      unsafe add(products.pointer + from, -vector[row], to: target, count: count)
      unsafe add(vector + from, -products[0, row], to: target, count: count)
    }
  }

  private static func add(
    _ x: UnsafePointer<Double>, _ factor: Double, to y: UnsafeMutablePointer<Double>, count: Int
  ) {
    for column in 0..<count { unsafe y[column] += factor * x[column] }
  }

  /// Turns `turns` until what is beside the diagonal is no more than rounding.
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
      unsafe rotate(
        turns.pointer(row: place), turns.pointer(row: place + 1), count: turns.stride, cosine: cosine, sine: sine)
    }
    diagonal[first] -= carried
    beside[first] = g
    beside[last] = 0
  }
}
