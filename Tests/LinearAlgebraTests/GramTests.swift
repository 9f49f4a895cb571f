import Kernels
import Testing

@testable import LinearAlgebra

@Suite("A Gram matrix")
struct GramTests {
  @Test("is that of the given rows for any number of blocks, with the same bits on any number of threads")
  func gram() {
    var numbers = Numbers(3)
    for (rows, columns) in [(0, 3), (1, 1), (5, 16), (130, 19), (2500, 33)] {
      let values = (0..<rows * columns).map { _ in Float(numbers.next()) }
      let matrix = Matrix(rows: rows, columns: columns, values: values)
      let chosen = (0..<Int32(rows)).filter { $0 % 7 != 3 }
      let found = LinearAlgebra.gram(of: matrix, rows: chosen, threads: 1)
      #expect(LinearAlgebra.gram(of: matrix, rows: chosen, threads: 3).values == found.values)
      var wanted = [Double](repeating: 0, count: columns * columns)
      for row in chosen {
        let line = matrix.row(Int(row)).map(Double.init)
        for i in 0..<columns { for j in i..<columns { wanted[i * columns + j] += line[i] * line[j] } }
      }
      let error = zip(found.values, wanted).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
      #expect(error < 1e-6 * Double(max(rows, 1)))
    }
  }
}
