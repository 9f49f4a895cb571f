import Kernels
import ParallelLoops
import Synchronization

/// The singular value decomposition `A = U Σ Vᵀ` of a matrix of full or lesser rank, by one-sided Jacobi rotations
/// (Hestenes, 1958): columns of A are turned against one another until all are orthogonal; then they are U Σ, and the
/// turns are V. Small singular values are as accurate as large ones.
///
/// Columns are taken in blocks, and blocks in the rounds of a tournament, so that the pairs of a round may be turned at
/// once: the outcome is the same for any number of threads.
package struct SingularValues: Sendable {
  /// The singular values, falling, each above 0: as many as A has rank.
  package let values: [Double]
  /// The left singular vectors as rows, rank × rows of A.
  package let left: DenseMatrix
  /// The right singular vectors as rows, rank × columns of A. The greatest element of each, the first of equals,
  /// is positive.
  package let right: DenseMatrix

  static let blockSize = 16
  /// The most sweeps, far more than ever needed; convergence is quadratic after a few.
  static let mostSweeps = 60

  /// - Parameter matrix: of finite numbers.
  package init(of matrix: DenseMatrix, threads: Int) {
    let turned = matrix.transposed()
    let turns = DenseMatrix(rows: matrix.columns, columns: matrix.columns)
    for row in 0..<turns.rows { turns[row, row] = 1 }
    let rounds = Self.rounds((turned.rows + Self.blockSize - 1) / Self.blockSize)
    var sweeps = 0
    while sweeps < Self.mostSweeps, Self.sweep(turned, turns, rounds, threads: threads) { sweeps += 1 }
    (values, left, right) = Self.sorted(turned, turns)
  }

  /// Every pair of blocks once, those of one round having no block in common; the first round has each block with
  /// itself.
  private static func rounds(_ blocks: Int) -> [[(Int, Int)]] {
    let places = (blocks + 1) / 2 * 2
    let own = (0..<blocks).map { ($0, $0) }
    // The circle method: the last place stays, the others go round.
    return [own]
      + (0..<max(places - 1, 0)).map { round in
        (0..<places / 2).compactMap { pair in
          let a = pair == 0 ? places - 1 : (round + pair) % (places - 1)
          let b = (round - pair + places - 1) % (places - 1)
          return a < blocks && b < blocks ? (min(a, b), max(a, b)) : nil
        }
      }
  }

  /// `true` if anything was still to be turned.
  private static func sweep(
    _ turned: DenseMatrix, _ turns: DenseMatrix, _ rounds: [[(Int, Int)]], threads: Int
  ) -> Bool {
    let limits = Limits(turned)
    let mark = Mark()
    for round in rounds {
      parallel(blocks: round.count, threads: threads) { pair in
        let (a, b) = round[pair]
        if turn(range(a, turned.rows), range(b, turned.rows), turned, turns, limits) {
          mark.isSet.store(true, ordering: .relaxed)
        }
      }
    }
    return mark.isSet.load(ordering: .relaxed)
  }

  private final class Mark: Sendable {
    let isSet = Atomic<Bool>(false)
  }

  private static func range(_ block: Int, _ rows: Int) -> Range<Int> {
    block * blockSize..<min((block + 1) * blockSize, rows)
  }

  /// The tolerances of being orthogonal, and of being zero.
  private struct Limits {
    let cosine: Double
    let square: Double

    init(_ turned: DenseMatrix) {
      let count = Double(max(turned.rows, turned.columns))
      cosine = count.squareRoot() * .ulpOfOne
      let greatest = (0..<turned.rows).reduce(0.0) { max($0, turned.squaredLength(row: $1)) }
      square = greatest * (count * .ulpOfOne) * (count * .ulpOfOne)
    }
  }

  /// Turns every pair of a column of the one block and a later column of the other.
  private static func turn(
    _ first: Range<Int>, _ second: Range<Int>, _ turned: DenseMatrix, _ turns: DenseMatrix, _ limits: Limits
  ) -> Bool {
    var didTurn = false
    for a in first {
      for b in max(second.lowerBound, a + 1)..<max(second.upperBound, a + 1) {
        let (xx, yy) = (turned.squaredLength(row: a), turned.squaredLength(row: b))
        let xy = turned.dot(row: a, with: turned, row: b)
        guard min(xx, yy) > limits.square, abs(xy) > limits.cosine * xx.squareRoot() * yy.squareRoot() else { continue }
        let slope = (yy - xx) / (2 * xy)
        let tangent = (slope < 0 ? -1 : 1) / (abs(slope) + (1 + slope * slope).squareRoot())
        let cosine = 1 / (1 + tangent * tangent).squareRoot()
        turned.rotate(row: a, with: b, cosine: cosine, sine: cosine * tangent)
        turns.rotate(row: a, with: b, cosine: cosine, sine: cosine * tangent)
        didTurn = true
      }
    }
    return didTurn
  }

  private static func sorted(
    _ turned: DenseMatrix, _ turns: DenseMatrix
  ) -> (values: [Double], left: DenseMatrix, right: DenseMatrix) {
    let lengths = (0..<turned.rows).map { turned.squaredLength(row: $0).squareRoot() }
    let least = Double(max(turned.rows, turned.columns)) * .ulpOfOne * (lengths.max() ?? 0)
    let order = lengths.indices.filter { lengths[$0] > least }.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
    let left = DenseMatrix(rows: order.count, columns: turned.columns)
    let right = DenseMatrix(rows: order.count, columns: turns.columns)
    for (row, source) in order.enumerated() {
      let greatest = (0..<turns.columns).reduce(0) { abs(turns[source, $1]) > abs(turns[source, $0]) ? $1 : $0 }
      let sign: Double = turns[source, greatest] < 0 ? -1 : 1
      for column in 0..<turned.columns { left[row, column] = sign * turned[source, column] / lengths[source] }
      for column in 0..<turns.columns { right[row, column] = sign * turns[source, column] }
    }
    return (order.map { lengths[$0] }, left, right)
  }
}
