import Kernels
import ParallelLoops

/// Vectors of a tower as they are scored: at unit length where the objective asks for it, times a factor.
struct ScaledVectors: Sendable {
  /// Shorter vectors are taken for this long, so that nothing is divided by 0.
  static let leastNorm: Float = 1e-12

  let matrix: Matrix
  private let factor: Float
  private let isNormalised: Bool
  /// Lengths before; empty where vectors are as the tower gave them.
  private let norms: [Float]

  /// - Parameter matrix: the tower's vectors, which are scaled in place.
  init(_ matrix: Matrix, isNormalised: Bool, factor: Float = 1) {
    self.matrix = matrix
    self.factor = factor
    self.isNormalised = isNormalised
    guard isNormalised || factor != 1 else {
      norms = []
      return
    }
    norms = (0..<matrix.rows).map { row in
      let norm = isNormalised ? max(matrix.squaredLength(row: row).squareRoot(), Self.leastNorm) : 1
      matrix.scale(row: row, by: factor / norm)
      return norm
    }
  }

  /// Turns gradients of the scaled vectors into those of the tower's, in place: through the factor f, and for a vector
  /// x of unit length through `∂(E/|E|)`, that is `f (g − (g·x) x) / |E|`.
  func pullBack(_ gradients: Matrix, threads: Int) {
    guard isNormalised || factor != 1 else { return }
    parallelRows(gradients.rows, threads: threads) { row in
      if isNormalised {
        // The vector has length f, so its share is divided by f twice.
        let along = gradients.dot(row: row, with: matrix, row: row) / (factor * factor)
        gradients.addScaled(row: row, of: matrix, by: -along, to: row)
      }
      gradients.scale(row: row, by: factor / norms[row])
    }
  }
}

/// Runs `body` for each row, in blocks that threads share.
func parallelRows(_ rows: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
  let size = 256
  parallel(blocks: (rows + size - 1) / size, threads: threads) { block in
    for row in block * size..<min((block + 1) * size, rows) { body(row) }
  }
}
