import ColdStart
import Foundation
import Kernels
import LinearAlgebra
import TestKit
import Testing

@Suite("The ridge head")
struct ContentHeadTests {
  /// Candidates with two features each out of eight, and vectors that are a linear map of them, with some noise.
  private func data(_ count: Int, noise: Float, seed: UInt64) -> (SparseMatrix, Matrix, [Double]) {
    var numbers = Numbers(seed)
    func uniform() -> Float { Float(numbers.next() >> 40) / Float(1 << 24) * 2 - 1 }
    let map = (0..<8).map { _ in (0..<5).map { _ in uniform() } }
    var (rows, columns, values) = ([Int32](), [Int32](), [Float]())
    let vectors = Matrix(rows: count, columns: 5)
    for row in 0..<count {
      for feature in [Int(numbers.next() % 4), 4 + Int(numbers.next() % 4)] {
        rows.append(Int32(row))
        columns.append(Int32(feature))
        values.append(0.5)
        for column in 0..<5 { vectors[row, column] += 0.5 * map[feature][column] }
      }
      for column in 0..<5 { vectors[row, column] += noise * uniform() }
    }
    let interactions = (0..<count).map { _ in Double(1 + numbers.next() % 50) }
    return (
      SparseMatrix(rowCount: count, columnCount: 8, rows: rows, columns: columns, values: values), vectors, interactions
    )
  }

  private func selecting(_ matrix: SparseMatrix, _ rows: [Int]) -> SparseMatrix {
    var (numbers, columns, values) = ([Int32](), [Int32](), [Float]())
    for (number, row) in rows.enumerated() {
      for place in matrix.starts[row]..<matrix.starts[row + 1] {
        numbers.append(Int32(number))
        columns.append(matrix.columns[place])
        values.append(matrix.values?[place] ?? 1)
      }
    }
    return SparseMatrix(
      rowCount: rows.count, columnCount: matrix.columnCount, rows: numbers, columns: columns, values: values)
  }

  @Test("finds vectors that are a linear map of features, also of candidates that it did not see")
  func linear() throws {
    let (features, vectors, interactions) = data(400, noise: 0, seed: 3)
    let seen = Array(0..<300)
    let known = Matrix(rows: 300, columns: 5)
    known.gather(vectors, rows: seen.map { Int32($0) })
    let head = try ContentHead(
      selecting(features, seen), vectors: known, interactions: Array(interactions.prefix(300)), threads: 2)
    #expect(head.explainedVariance > 0.99)
    let found = head.vectors(of: selecting(features, Array(300..<400)), threads: 2)
    for row in 0..<100 {
      for column in 0..<5 { #expect(abs(found[row, column] - vectors[300 + row, column]) < 0.05) }
    }
  }

  @Test("has the leave-one-out error of regressions that really leave one out")
  func leaveOneOut() throws {
    let (features, vectors, interactions) = data(40, noise: 0.5, seed: 9)
    let head = try ContentHead(features, vectors: vectors, interactions: interactions, threads: 1)
    let importance = interactions.map { pow($0, ContentHead.power) }
    let total = importance.reduce(0, +)
    let mean = (0..<5).map { column in
      (0..<40).reduce(0.0) { $0 + importance[$1] * Double(vectors[$1, column]) } / total
    }
    let penalty = head.penalty * total / 40
    var (unexplained, variance) = (0.0, 0.0)
    for left in 0..<40 {
      let others = (0..<40).filter { $0 != left }
      let prediction = ridge(features, vectors, importance, others, penalty, at: left)
      for column in 0..<5 {
        let (value, error) = (Double(vectors[left, column]), Double(vectors[left, column]) - prediction[column])
        unexplained += importance[left] * error * error
        variance += importance[left] * (value - mean[column]) * (value - mean[column])
      }
    }
    #expect(abs(head.explainedVariance - (1 - unexplained / variance)) < 1e-6)
  }

  /// Ridge regression by Gaussian elimination, and what it says of one candidate.
  private func ridge(
    _ features: SparseMatrix, _ vectors: Matrix, _ importance: [Double], _ rows: [Int], _ penalty: Double, at left: Int
  ) -> [Double] {
    func line(_ row: Int) -> [Double] {
      var line = [1.0] + [Double](repeating: 0, count: 8)
      for place in features.starts[row]..<features.starts[row + 1] {
        line[1 + Int(features.columns[place])] = Double(features.values?[place] ?? 1)
      }
      return line
    }
    var system = (0..<9).map { row in (0..<14).map { $0 == row ? penalty : 0 } }
    for row in rows {
      let own = line(row)
      for i in 0..<9 {
        for j in 0..<9 { system[i][j] += importance[row] * own[i] * own[j] }
        for column in 0..<5 { system[i][9 + column] += importance[row] * own[i] * Double(vectors[row, column]) }
      }
    }
    for pivot in 0..<9 {
      for row in 0..<9 where row != pivot {
        let factor = system[row][pivot] / system[pivot][pivot]
        for column in 0..<14 { system[row][column] -= factor * system[pivot][column] }
      }
    }
    let own = line(left)
    return (0..<5).map { (column: Int) -> Double in
      var sum = 0.0
      for row in 0..<9 { sum += own[row] * system[row][9 + column] / system[row][row] }
      return sum
    }
  }

  @Test("says that features without meaning explain nothing")
  func meaningless() throws {
    let (features, _, interactions) = data(200, noise: 0, seed: 5)
    let (_, vectors, _) = data(200, noise: 1, seed: 6)
    let noise = Matrix(rows: 200, columns: 5)
    noise.gather(vectors, rows: (0..<200).map { Int32(($0 * 37) % 200) })
    #expect(try ContentHead(features, vectors: noise, interactions: interactions, threads: 1).explainedVariance < 0.05)
  }

  @Test("is the same for any number of threads")
  func threads() throws {
    let (features, vectors, interactions) = data(300, noise: 0.3, seed: 4)
    let rows = try [1, 2, 5].map { threads in
      try ContentHead(features, vectors: vectors, interactions: interactions, threads: threads).vectors(
        of: features, threads: threads
      ).values
    }
    #expect(rows[0] == rows[1] && rows[0] == rows[2])
  }
}
