import Kernels
import RandomNumbers

@testable import LinearAlgebra

/// Random matrices of known rank and spread.
struct Cases {
  private var random: RandomGenerator

  init(_ seed: UInt64) { random = RandomGenerator(seed: seed, stream: "tests") }

  mutating func matrix(_ rows: Int, _ columns: Int) -> DenseMatrix {
    let matrix = DenseMatrix(rows: rows, columns: columns)
    for row in 0..<rows {
      for column in 0..<columns { matrix[row, column] = Double(random.uniform()) * 2 - 1 }
    }
    return matrix
  }

  /// A product over so many inner dimensions, the further ones smaller and smaller.
  mutating func matrix(_ rows: Int, _ columns: Int, rank: Int, decay: Double = 1) -> DenseMatrix {
    let (left, right) = (matrix(rank, rows), matrix(rank, columns))
    var size = 1.0
    for row in 0..<rank {
      for column in 0..<rows { left[row, column] *= size }
      size *= decay
    }
    return naive(left, right)
  }

  /// `AᵀB` as it is written.
  func naive(_ a: DenseMatrix, _ b: DenseMatrix) -> DenseMatrix {
    let result = DenseMatrix(rows: a.columns, columns: b.columns)
    for row in 0..<a.columns {
      for column in 0..<b.columns {
        result[row, column] = (0..<a.rows).reduce(0) { $0 + a[$1, row] * b[$1, column] }
      }
    }
    return result
  }
}

/// The greatest difference of two elements.
func distance(_ a: DenseMatrix, _ b: DenseMatrix) -> Double {
  guard a.rows == b.rows, a.columns == b.columns else { return .infinity }
  return (0..<a.rows).reduce(0) { most, row in
    (0..<a.columns).reduce(most) { max($0, abs(a[row, $1] - b[row, $1])) }
  }
}

func identity(_ order: Int) -> DenseMatrix {
  let matrix = DenseMatrix(rows: order, columns: order)
  for row in 0..<order { matrix[row, row] = 1 }
  return matrix
}

func bits(_ matrix: DenseMatrix) -> [UInt64] {
  (0..<matrix.rows).flatMap { row in (0..<matrix.columns).map { matrix[row, $0].bitPattern } }
}
