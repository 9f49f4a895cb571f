import Kernels
import RandomNumbers

/// Numbers and naive arithmetic for tests.
struct Numbers {
  private var random: RandomGenerator

  init(_ seed: UInt64) { random = RandomGenerator(seed: seed, stream: "linear algebra tests") }

  /// In [-1, 1).
  mutating func next() -> Double { Double(random.uniform()) * 2 - 1 }

  mutating func below(_ bound: Int) -> Int { Int(random.below(UInt64(bound))) }

  /// XᵀX + least·I of a random X of so many rows, row after row.
  mutating func positiveDefinite(order: Int, rows: Int, least: Double) -> [[Double]] {
    let x = (0..<rows).map { _ in (0..<order).map { _ in next() } }
    return (0..<order).map { i in
      (0..<order).map { j in x.reduce(i == j ? least : 0) { $0 + $1[i] * $1[j] } }
    }
  }
}

/// Solves `A x = b` by elimination with pivoting.
func solved(_ a: [[Double]], _ b: [Double]) -> [Double] {
  let order = b.count
  var lines = (0..<order).map { a[$0] + [b[$0]] }
  for column in 0..<order {
    let pivot = (column..<order).max { abs(lines[$0][column]) < abs(lines[$1][column]) } ?? column
    lines.swapAt(column, pivot)
    for row in column + 1..<max(order, column + 1) {
      let factor = lines[row][column] / lines[column][column]
      for place in column...order { lines[row][place] -= factor * lines[column][place] }
    }
  }
  var x = [Double](repeating: 0, count: order)
  for row in stride(from: order - 1, through: 0, by: -1) {
    let rest = (row + 1..<max(order, row + 1)).reduce(lines[row][order]) { $0 - lines[row][$1] * x[$1] }
    x[row] = rest / lines[row][row]
  }
  return x
}
