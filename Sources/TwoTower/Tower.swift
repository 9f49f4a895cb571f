import Kernels

/// A table of embeddings, and how a row of it becomes the vector that is scored: as it is, or at unit length.
package struct Tower: Sendable {
  package let table: Matrix
  package let isNormalised: Bool

  package init(_ table: Matrix, isNormalised: Bool = false) {
    self.table = table
    self.isNormalised = isNormalised
  }

  /// Shorter rows are taken for this long, so that nothing is divided by 0.
  static let leastNorm: Float = 1e-12

  /// Vectors of some rows, times a factor, and what the way back needs.
  package struct Vectors: Sendable {
    package let matrix: Matrix
    package let factor: Float
    let norms: [Float]
  }

  package func vectors(of rows: [Int32], factor: Float = 1) -> Vectors {
    let matrix = Matrix(rows: rows.count, columns: table.columns)
    matrix.gather(table, rows: rows)
    guard isNormalised || factor != 1 else { return Vectors(matrix: matrix, factor: factor, norms: []) }
    var norms: [Float] = []
    for row in rows.indices {
      let pointer = matrix.pointer(row: row)
      let norm = isNormalised ? max(dot(pointer, pointer, count: matrix.stride).squareRoot(), Self.leastNorm) : 1
      scale(pointer, by: factor / norm, count: matrix.stride)
      norms.append(norm)
    }
    return Vectors(matrix: matrix, factor: factor, norms: norms)
  }

  /// Turns the gradient of a vector into that of its row of the table, in place: through the factor f, and for a
  /// vector x of unit length through `∂(E/|E|)`, that is `f (g − (g·x) x) / |E|`.
  package func pullBack(_ gradient: UnsafeMutablePointer<Float>, row: Int, of vectors: Vectors) {
    guard isNormalised || vectors.factor != 1 else { return }
    let count = vectors.matrix.stride
    if isNormalised {
      let vector = vectors.matrix.pointer(row: row)
      // The vector has length f, so its share is divided by f twice.
      let along = dot(gradient, vector, count: count) / (vectors.factor * vectors.factor)
      addScaled(vector, by: -along, to: gradient, count: count)
    }
    scale(gradient, by: vectors.factor / vectors.norms[row], count: count)
  }

  /// What is served: the vectors of all rows.
  package var output: Matrix {
    isNormalised ? vectors(of: (0..<Int32(table.rows)).map { $0 }).matrix : table
  }
}
