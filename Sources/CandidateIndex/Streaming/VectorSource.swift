package import Kernels

/// Vectors that can be streamed any number of times, so that a table need not be in memory to be indexed.
package protocol VectorSource: Sendable {
  associatedtype Failure: Error
  associatedtype Blocks: VectorBlocks where Blocks.Failure == Failure

  var count: Int { get }
  var dimension: Int { get }

  /// Streams all vectors from the first on.
  func blocks() throws(Failure) -> Blocks
}

/// A stream of vectors, block by block, in order.
package protocol VectorBlocks {
  associatedtype Failure: Error

  /// The next block, a multiple of 16 rows unless it is the last; it is valid until the next call.
  mutating func next() throws(Failure) -> VectorBlock?
}

/// Consecutive vectors of a source.
package struct VectorBlock: Sendable {
  package let matrix: Matrix
  /// The rows of the matrix that are the vectors.
  package let rows: Range<Int>
  /// The number of the first vector in the source.
  package let first: Int

  package init(_ matrix: Matrix, rows: Range<Int>, first: Int) {
    self.matrix = matrix
    self.rows = rows
    self.first = first
  }

  /// The row of the matrix for a number of the source.
  func row(of number: Int) -> Int { rows.lowerBound + number - first }

  /// The numbers of the vectors in the source.
  var numbers: Range<Int> { first..<first + rows.count }

  /// Divides the block into parts of at most `size` rows, a multiple of 16.
  func parts(of size: Int) -> [VectorBlock] {
    stride(from: 0, to: rows.count, by: size).map { start in
      VectorBlock(
        matrix, rows: rows.lowerBound + start..<rows.lowerBound + min(start + size, rows.count), first: first + start)
    }
  }
}

extension VectorSource {
  /// Copies some vectors into a matrix, in one reading.
  ///
  /// - Parameter numbers: rising.
  package func gather(_ numbers: [Int]) throws(Failure) -> Matrix {
    let result = Matrix(rows: numbers.count, columns: dimension)
    var row = 0
    var blocks = try blocks()
    while row < numbers.count, let block = try blocks.next() {
      while row < numbers.count, numbers[row] < block.numbers.upperBound {
        result.copy(row: block.row(of: numbers[row]), of: block.matrix, to: row)
        row += 1
      }
    }
    return result
  }
}

/// Rows of a matrix in memory, as one block.
package struct MatrixVectors: VectorSource {
  let matrix: Matrix
  let rows: Range<Int>

  package init(_ matrix: Matrix, rows: Range<Int>? = nil) {
    self.matrix = matrix
    self.rows = rows ?? 0..<matrix.rows
    precondition(self.rows.upperBound <= matrix.rows, "rows \(self.rows) of \(matrix.rows)")
  }

  package var count: Int { rows.count }
  package var dimension: Int { matrix.columns }

  package func blocks() -> Blocks { Blocks(whole: VectorBlock(matrix, rows: rows, first: 0)) }

  /// The vectors of the matrix, as one block.
  package struct Blocks: VectorBlocks {
    var whole: VectorBlock?

    package mutating func next() -> VectorBlock? {
      defer { whole = nil }
      return whole
    }
  }
}
