import Testing

@testable import LinearAlgebra

@Suite("A sparse matrix")
struct SparseMatrixTests {
  @Test("has each element once, in order, with the greatest value of repeats; rows below the first are left out")
  func merging() {
    let matrix = SparseMatrix(
      rowCount: 3, columnCount: 4, rows: [3, 1, 1, 3, 0, 1, 1, 3], columns: [2, 4, 1, 2, 3, 0, 4, 1],
      values: [5, 1, 2, 7, 9, 9, 0.5, 3], first: 1)
    #expect((0..<3).map { Array(matrix.row($0)) } == [[0, 3], [], [0, 1]])
    #expect(matrix.values == [2, 1, 3, 7])
    let other = matrix.transposed()
    #expect((0..<4).map { Array(other.row($0)) } == [[0, 2], [2], [], [0]])
    #expect(other.values == [2, 3, 7, 1])
  }

  @Test("is the same from its rows as from its elements")
  func rows() {
    let matrix = SparseMatrix(
      rowCount: 3, columnCount: 5, rows: [2, 0, 2], columns: [4, 1, 0], values: [0.5, 2, 3])
    #expect(matrix == SparseMatrix(columnCount: 5, rows: [[(1, 2)], [], [(0, 3), (4, 0.5)]]))
  }

  @Test("agrees with a set of pairs on random data, also when transposed")
  func random() {
    var numbers = Numbers(1)
    let pairs = (0..<500).map { _ in (Int32(numbers.below(20)), Int32(numbers.below(35))) }
    let matrix = SparseMatrix(rowCount: 20, columnCount: 35, rows: pairs.map(\.0), columns: pairs.map(\.1))
    let other = matrix.transposed()
    #expect(other.rowCount == 35 && other.columnCount == 20 && other.count == matrix.count)
    for row in 0..<20 {
      #expect(Array(matrix.row(row)) == Set(pairs.filter { $0.0 == Int32(row) }.map(\.1)).sorted())
    }
    for column in 0..<35 {
      #expect(Array(other.row(column)) == Set(pairs.filter { $0.1 == Int32(column) }.map(\.0)).sorted())
    }
  }

  @Test("may be empty")
  func empty() {
    let matrix = SparseMatrix(rowCount: 0, columnCount: 3, rows: [], columns: [])
    #expect(matrix.count == 0 && matrix.starts == [0])
    #expect(matrix.transposed().starts == [0, 0, 0, 0])
  }
}
