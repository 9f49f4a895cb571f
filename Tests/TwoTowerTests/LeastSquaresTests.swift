import Kernels
import LinearAlgebra
import Testing

@testable import TwoTower

@Suite("The equations of one row")
struct LeastSquaresTests {
  private static let dimension = 24

  /// Rows 3 and 4 are the same, and row 5 is nearly 0.
  private func table(_ cases: inout Cases, rows: Int) -> Matrix {
    let values = (0..<rows * Self.dimension).map { _ in Float(cases.number(below: 2001) - 1000) / 1000 }
    let table = Matrix(rows: rows, columns: Self.dimension, values: values)
    table.pointer(row: 4).update(from: table.pointer(row: 3), count: table.stride)
    scale(table.pointer(row: 5), by: 1e-6, count: table.stride)
    return table
  }

  /// By Cholesky's factor in doubles of the equations as they are written.
  private func exact(
    _ table: Matrix, _ chosen: [Int32], _ weights: [Float]?, alpha: Double, penalty: Double
  ) -> (solution: [Double], gain: Double) {
    let order = table.columns
    let system = DenseMatrix(rows: order, columns: order)
    var target = [Double](repeating: 0, count: order)
    func add(_ row: Int, _ weight: Double) {
      let values = table.row(row).map(Double.init)
      for i in 0..<order { for j in 0..<order { system[i, j] += weight * values[i] * values[j] } }
    }
    for row in 0..<table.rows { add(row, alpha) }
    for (place, row) in chosen.enumerated() {
      let weight = Double(weights?[place] ?? 1)
      add(Int(row), weight)
      for (i, value) in table.row(Int(row)).enumerated() { target[i] += weight * Double(value) }
    }
    for i in 0..<order { system[i, i] += penalty }
    var solution = target
    #expect(Double.cholesky(system.pointer, stride: system.stride, order: order, variant: .current) == nil)
    Double.solveCholesky(system.pointer, stride: system.stride, order: order, &solution, variant: .current)
    return (solution, zip(solution, target).reduce(0) { $0 + $1.0 * $1.1 })
  }

  private func solved(
    _ squares: LeastSquares, _ rotated: Matrix, _ chosen: [Int32], _ weights: [Float]?, penalty: Double,
    threads: Int = 1
  ) -> (solution: [Float], gain: Float) {
    let space = LeastSquares.Workspace(columns: Self.dimension)
    let own = LeastSquares.Chosen(rows: chosen[...], table: rotated, weights: weights?[...], penalty: Float(penalty))
    let gain = squares.solve(own, at: 0, threads: threads, space)
    squares.turnBack(1, space)
    return (space.solutions.row(0), gain)
  }

  @Test(
    "have the solution of the formula, whether a row chose fewer or more than the dimension",
    arguments: [0, 1, 2, 5, 8, 16, 23, 24, 25, 60, 9000], [1e-7, 0.01, 30])
  func agreement(count: Int, penalty: Double) {
    var cases = Cases(UInt64(count) + 1)
    let table = table(&cases, rows: 80)
    for alpha in [0.001, 0.5] {
      let squares = LeastSquares(
        fixed: table, rows: (0..<80).map { $0 }, unobservedWeight: alpha, threads: 2)
      let rotated = squares.rotated(table, rows: 0..<80, threads: 2)
      // The same row repeatedly among them, from 2 on.
      let chosen = (0..<count).map { $0 < 4 ? 3 + Int32($0 / 2) : Int32(cases.number(below: 80)) }
      let weights = (0..<count).map { _ in Float(cases.number(below: 5)) / 2 }
      for weights in [nil, weights] {
        let found = solved(squares, rotated, chosen, weights, penalty: penalty)
        let wanted = exact(table, chosen, weights, alpha: alpha, penalty: penalty)
        let length = wanted.solution.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let error = zip(found.solution, wanted.solution).reduce(0) {
          $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1)
        }
        #expect(error.squareRoot() <= 1e-4 * length, "\(error.squareRoot() / length) of \(length)")
        #expect(abs(Double(found.gain) - wanted.gain) <= 1e-5 * Double(max(count, 1)))
      }
    }
  }

  @Test("of a row long enough to be split have the same bits on any number of threads")
  func shared() {
    var cases = Cases(3)
    let table = table(&cases, rows: 80)
    let squares = LeastSquares(fixed: table, rows: (0..<80).map { $0 }, unobservedWeight: 0.1, threads: 1)
    let rotated = squares.rotated(table, rows: 0..<80, threads: 1)
    let chosen = (0..<5 * LeastSquares.partLength + 7).map { _ in Int32(cases.number(below: 80)) }
    let alone = solved(squares, rotated, chosen, nil, penalty: 1)
    for threads in [2, 3, 8] {
      let together = solved(squares, rotated, chosen, nil, penalty: 1, threads: threads)
      #expect(together.solution == alone.solution && together.gain == alone.gain)
    }
  }

  @Test("are solved longest first, each once; very long rows are split between threads")
  func schedule() {
    var cases = Cases(4)
    let pairs = cases.pairs(3000, queries: 400, candidates: 300)
    let matrix = SparseMatrix(rowCount: 401, columnCount: 300, rows: pairs.queries, columns: pairs.candidates)
    let schedule = RowSchedule(matrix, longest: 40)
    let solved = schedule.shared + schedule.blocks.flatMap { schedule.rows[$0] }
    #expect(solved.sorted() == (0..<401).filter { !matrix.row(Int($0)).isEmpty })
    let lengths = solved.map { matrix.row(Int($0)).count }
    #expect(lengths == lengths.sorted(by: >))
    #expect(!schedule.shared.isEmpty && schedule.shared.allSatisfy { matrix.row(Int($0)).count > 40 })
    #expect(schedule.rows.allSatisfy { matrix.row(Int($0)).count <= 40 })
    #expect(schedule.blocks.count > 1 && schedule.blocks.allSatisfy { $0.count <= RowSchedule.blockRows })
  }
}
