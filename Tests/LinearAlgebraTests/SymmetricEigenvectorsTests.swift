import Testing

@testable import LinearAlgebra

@Suite("Eigenvectors of a symmetric matrix")
struct SymmetricEigenvectorsTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    let order, rank: Int
    var decay = 1.0
    var testDescription: String { "order \(order), rank \(rank), decaying by \(decay)" }
  }

  static let shapes = [
    Shape(order: 1, rank: 1), Shape(order: 2, rank: 2), Shape(order: 3, rank: 1), Shape(order: 16, rank: 16),
    Shape(order: 19, rank: 0), Shape(order: 33, rank: 7), Shape(order: 64, rank: 64, decay: 0.7),
    Shape(order: 130, rank: 130),
  ]

  @Test("are orthonormal and, with the eigenvalues, reconstruct the matrix", arguments: shapes)
  func reconstruction(shape: Shape) {
    var cases = Cases(UInt64(shape.order))
    let half = cases.matrix(max(shape.rank, 1), shape.order, rank: max(shape.rank, 1), decay: shape.decay)
    let matrix = shape.rank == 0 ? DenseMatrix(rows: shape.order, columns: shape.order) : cases.naive(half, half)
    // Indefinite, too.
    for row in 0..<shape.order where shape.rank > 1 { matrix[row, row] -= 3 }
    let found = SymmetricEigenvectors(of: matrix)
    let scaled = DenseMatrix(rows: shape.order, columns: shape.order)
    for (row, value) in found.values.enumerated() {
      for column in 0..<shape.order { scaled[row, column] = value * found.vectors[row, column] }
    }
    let greatest = found.values.reduce(1) { max($0, abs($1)) }
    #expect(distance(cases.naive(scaled, found.vectors), matrix) < 1e-13 * greatest)
    #expect(distance(cases.naive(found.vectors, found.vectors), identity(shape.order)) < 1e-13)
  }

  @Test("of tridiagonal and diagonal matrices and of equal eigenvalues are the known ones")
  func known() {
    let path = DenseMatrix(rows: 20, columns: 20)
    for row in 0..<20 {
      path[row, row] = 2
      if row > 0 { (path[row, row - 1], path[row - 1, row]) = (-1, -1) }
    }
    // 2 − 2 cos(k π / 21).
    let values = SymmetricEigenvectors(of: path).values.sorted()
    #expect(abs(values[0] - 0.022338347549742954) < 1e-14 && abs(values[19] - 3.977661652450257) < 1e-14)
    let same = identity(17)
    #expect(SymmetricEigenvectors(of: same).values == [Double](repeating: 1, count: 17))
  }

  @Test("of non-finite matrices terminate")
  func unending() {
    let matrix = identity(5)
    (matrix[1, 2], matrix[2, 1]) = (.nan, .nan)
    #expect(SymmetricEigenvectors(of: matrix).values.contains { $0.isNaN })
  }
}
