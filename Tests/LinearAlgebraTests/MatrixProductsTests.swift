import Kernels
import RandomNumbers
import Testing

@testable import LinearAlgebra

@Suite("Products of matrices")
struct MatrixProductsTests {
  private func matrix(_ rows: Int, _ columns: Int, _ stream: String) -> Matrix {
    var random = RandomGenerator(seed: 5, stream: stream)
    let values = (0..<rows * columns).map { _ in random.uniform() * 2 - 1 }
    return Matrix(rows: rows, columns: columns, values: values)
  }

  @Test("are those of the definition, added to what was there", arguments: [1, 16, 33, 130], [1, 7, 40])
  func products(rows: Int, inner: Int) {
    let columns = 19
    let (left, right) = (matrix(rows, inner, "left"), matrix(inner + 2, columns, "right"))
    let sums = Matrix(rows: rows, columns: columns)
    sums[rows - 1, columns - 1] = 3
    let first = rows / 2
    sums.addProduct(of: left, PackedColumns(right), rows: first..<rows)
    sums.addProduct(of: left, PackedColumns(right), rows: 0..<first)
    for row in 0..<rows {
      for column in 0..<columns {
        let start = row == rows - 1 && column == columns - 1 ? 3.0 : 0
        let wanted = (0..<inner).reduce(start) { $0 + Double(left[row, $1]) * Double(right[$1, column]) }
        #expect(abs(Double(sums[row, column]) - wanted) < 1e-5)
      }
    }
  }

  @Test("by a transposed matrix too, with the same bits on any number of threads", arguments: [1, 1500], [5, 70])
  func transposed(rows: Int, leftColumns: Int) {
    let columns = 33
    let (left, right) = (matrix(rows, leftColumns, "left"), matrix(rows, columns, "right"))
    let sums = Matrix(rows: leftColumns + 1, columns: columns)
    let shared = sums.copy()
    sums.addTransposedProduct(left, right, threads: 1)
    shared.addTransposedProduct(left, right, threads: 3)
    #expect(sums.values == shared.values && sums.row(leftColumns).allSatisfy { $0 == 0 })
    for row in 0..<leftColumns {
      for column in 0..<columns {
        let wanted = (0..<rows).reduce(0.0) { $0 + Double(left[$1, row]) * Double(right[$1, column]) }
        #expect(abs(Double(sums[row, column]) - wanted) < 1e-3)
      }
    }
  }
}
