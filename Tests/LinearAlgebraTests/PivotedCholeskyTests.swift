import Testing

@testable import LinearAlgebra

@Suite("The pivoted Cholesky factor")
struct PivotedCholeskyTests {
  @Test(
    "reconstructs the matrix, with as many rows as its rank",
    arguments: [(1, 1), (6, 6), (19, 7), (50, 50), (64, 20)])
  func reconstruction(order: Int, rank: Int) {
    var cases = Cases(UInt64(order))
    let half = cases.matrix(rank, order)
    let matrix = cases.naive(half, half)
    let found = PivotedCholesky(matrix)
    #expect(found.rank == rank)
    #expect(distance(cases.naive(found.factor, found.factor), matrix) < 1e-12 * Double(order))
  }

  @Test("of zeros has no rows")
  func zeros() {
    #expect(PivotedCholesky(DenseMatrix(rows: 5, columns: 5)).rank == 0)
  }

  @Test("relies on products that equal naive ones, with the same bits on any number of threads")
  func product() {
    var cases = Cases(3)
    for (depth, rows, columns) in [(1, 1, 1), (7, 50, 3), (33, 97, 300), (0, 4, 4)] {
      let (a, b) = (cases.matrix(depth, rows), cases.matrix(depth, columns))
      let alone = DenseMatrix.transposedProduct(a, b, threads: 1)
      #expect(distance(alone, cases.naive(a, b)) < 1e-13 * Double(depth + 1))
      #expect(bits(DenseMatrix.transposedProduct(a, b, threads: 3)) == bits(alone))
    }
  }
}
