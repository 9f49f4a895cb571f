import Kernels
import LinearAlgebra

/// Tables of equal rows as one table of all their columns, in doubles, of which memory holds a block of rows at a time.
struct SideBySide: Sendable {
  /// A table whose rows have a mean subtracted and are multiplied with a factor each.
  struct Part: Sendable {
    let table: Matrix
    let mean: [Double]?
    let factors: [Double]
  }

  private let parts: [Part]
  private let rows: Int
  private let columns: Int

  static let blockRows = 1024

  init(_ parts: [Part]) {
    self.parts = parts
    rows = parts.first?.table.rows ?? 0
    columns = parts.reduce(0) { $0 + $1.table.columns }
  }

  /// The table, rounded to floats.
  var table: Matrix {
    let result = Matrix(rows: rows, columns: columns)
    forEachBlock { range, block in
      for row in range {
        for column in 0..<columns { result[row, column] = Float(block[row - range.lowerBound, column]) }
      }
    }
    return result
  }

  private func rows(_ range: Range<Int>) -> DenseMatrix {
    let block = DenseMatrix(rows: range.count, columns: columns)
    for row in range {
      var first = 0
      for part in parts {
        for column in 0..<part.table.columns {
          block[row - range.lowerBound, first + column] =
            part.factors[row] * (Double(part.table[row, column]) - (part.mean?[column] ?? 0))
        }
        first += part.table.columns
      }
    }
    return block
  }

  private func forEachBlock(_ body: (Range<Int>, DenseMatrix) -> Void) {
    for start in stride(from: 0, to: rows, by: Self.blockRows) {
      let range = start..<min(start + Self.blockRows, rows)
      body(range, rows(range))
    }
  }

  /// `XᵀX`.
  func gramMatrix(threads: Int) -> DenseMatrix {
    let gram = DenseMatrix(rows: columns, columns: columns)
    forEachBlock { _, block in gram.addTransposedProduct(block, block, threads: threads) }
    return gram
  }

  /// `X M`, rounded to floats.
  func times(_ map: DenseMatrix, threads: Int) -> Matrix {
    let result = Matrix(rows: rows, columns: map.columns)
    forEachBlock { range, block in
      let product = DenseMatrix.transposedProduct(block.transposed(), map, threads: threads)
      for row in range {
        for column in 0..<map.columns { result[row, column] = Float(product[row - range.lowerBound, column]) }
      }
    }
    return result
  }
}
