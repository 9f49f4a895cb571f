import Kernels
import Testing

@testable import LinearAlgebra

@Suite("Singular values")
struct SingularValuesTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    let rows, columns, rank: Int
    var decay = 1.0
    var testDescription: String { "\(rows) by \(columns) of rank \(rank), decaying by \(decay)" }
  }

  static let shapes = [
    Shape(rows: 1, columns: 1, rank: 1), Shape(rows: 5, columns: 3, rank: 3), Shape(rows: 3, columns: 5, rank: 3),
    Shape(rows: 17, columns: 17, rank: 17), Shape(rows: 40, columns: 33, rank: 9),
    Shape(rows: 70, columns: 50, rank: 50, decay: 0.7), Shape(rows: 64, columns: 100, rank: 20, decay: 0.5),
  ]

  private func decomposed(_ shape: Shape) -> (DenseMatrix, SingularValues) {
    var cases = Cases(UInt64(shape.rows * 1000 + shape.columns))
    let matrix = cases.matrix(shape.rows, shape.columns, rank: shape.rank, decay: shape.decay)
    return (matrix, SingularValues(of: matrix, threads: 2))
  }

  @Test("and their vectors reconstruct the matrix", arguments: shapes)
  func reconstruction(shape: Shape) {
    let (matrix, found) = decomposed(shape)
    let scaled = DenseMatrix(rows: found.values.count, columns: shape.rows)
    for (row, value) in found.values.enumerated() {
      for column in 0..<shape.rows { scaled[row, column] = value * found.left[row, column] }
    }
    #expect(distance(Cases(0).naive(scaled, found.right), matrix) < 1e-13 * max(found.values.first ?? 0, 1))
  }

  @Test("have orthonormal left and right vectors, however small the values", arguments: shapes)
  func orthonormal(shape: Shape) {
    let (_, found) = decomposed(shape)
    for vectors in [found.left, found.right] {
      let transposed = vectors.transposed()
      #expect(distance(Cases(0).naive(transposed, transposed), identity(vectors.rows)) < 1e-12)
    }
  }

  @Test("fall, are above 0, and are as many as the rank", arguments: shapes)
  func order(shape: Shape) {
    let (_, found) = decomposed(shape)
    #expect(found.values.count == shape.rank)
    #expect(found.values == found.values.sorted(by: >) && found.values.allSatisfy { $0 > 0 })
  }

  @Test("give each right vector a positive greatest element", arguments: shapes)
  func signs(shape: Shape) {
    let (_, found) = decomposed(shape)
    for row in 0..<found.right.rows {
      let vector = (0..<found.right.columns).map { found.right[row, $0] }
      #expect(vector.max { abs($0) < abs($1) } ?? 0 > 0)
    }
  }

  @Test("equal the known ones of a matrix, to the last places")
  func known() {
    // diag(3, 2) turned on both sides; and the square of 1 / (i + j + 1), whose least value is 5e-10 of the greatest.
    let small = DenseMatrix(rows: 2, columns: 2)
    (small[0, 0], small[0, 1], small[1, 0], small[1, 1]) = (0, 2, -3, 0)
    #expect(SingularValues(of: small, threads: 1).values == [3, 2])
    let hilbert = DenseMatrix(rows: 8, columns: 8)
    for row in 0..<8 { for column in 0..<8 { hilbert[row, column] = 1 / Double(row + column + 1) } }
    let values = SingularValues(of: hilbert, threads: 1).values
    #expect(abs(values[0] - 1.6959389969219498) < 1e-14)
    #expect(abs(values[7] / 1.1115389694574e-10 - 1) < 1e-5)
  }

  @Test("of a zero matrix are empty")
  func zeros() {
    let found = SingularValues(of: DenseMatrix(rows: 4, columns: 6), threads: 2)
    #expect(found.values.isEmpty && found.left.rows == 0 && found.right.columns == 6)
  }

  @Test("have the same bits on any number of threads")
  func threads() {
    var cases = Cases(8)
    let matrix = cases.matrix(90, 75)
    let alone = SingularValues(of: matrix, threads: 1)
    for threads in [2, 3] {
      let found = SingularValues(of: matrix, threads: threads)
      #expect(found.values == alone.values)
      #expect(bits(found.left) == bits(alone.left) && bits(found.right) == bits(alone.right))
    }
  }
}
