import Kernels
import ParallelLoops

extension Matrix {
  /// The rows that have a number that is not finite, counted from the first of `rows`, rising.
  package func notFinite(_ rows: Range<Int>, threads: Int) -> [Int] {
    let size = 16_384
    let parts = parallelMap((rows.count + size - 1) / size, threads: threads) { block in
      (block * size..<min((block + 1) * size, rows.count)).filter { !isFinite(row: rows.lowerBound + $0) }
    }
    return Array(parts.joined())
  }

  /// Copies rows, and sets some of them to zero.
  ///
  /// - Parameter zeros: counted from the first of `rows`.
  func zeroing(_ zeros: [Int], of rows: Range<Int>) -> Matrix {
    let copy = Matrix(rows: rows.count, columns: columns)
    copy.gather(self, rows: rows.map { Int32($0) })
    for row in zeros { copy.zero(row: row) }
    return copy
  }
}
