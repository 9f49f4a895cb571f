import Kernels
import LinearAlgebra
import ParallelLoops

/// EASE: a linear model of each candidate from all others, in closed form (Steck, "Embarrassingly Shallow Autoencoders
/// for Sparse Data", WWW 2019).
///
/// With X the 0/1 matrix of queries by candidates and `P = (XᵀX + λI)⁻¹`, the weights are
/// `B[i, j] = −P[i, j] / P[j, j]` with a zero diagonal, and the scores of a history the sum of its rows of B. An empty
/// history is answered by popularity.
package struct EASE: HistoryScores {
  package static let defaultRegularization = 300.0
  /// Processor time of each of n³ floating-point operations.
  static let secondsPerOperation = 1 / 20e9

  private let weights: Matrix
  private let counts: [Float]

  /// - Parameters:
  ///   - pairs: train pairs; candidates that are not in `0..<candidateCount` are left out.
  ///   - regularization: λ, greater than 0.
  package init(
    _ pairs: NumberedPairs, candidateCount: Int, regularization: Double = defaultRegularization,
    threads: Int
  ) throws(EvaluationError) {
    let pairs = Cooccurrences(pairs, candidateCount: candidateCount)
    counts = pairs.counts
    let inverse = Self.gram(pairs, regularization, threads: threads)
    do { try inverse.invert(threads: threads) } catch { throw .notPositiveDefinite(error) }
    weights = Self.weights(inverse, threads: threads)
  }

  /// `XᵀX + λI`, whole numbers apart from λ.
  private static func gram(_ pairs: Cooccurrences, _ regularization: Double, threads: Int) -> SymmetricMatrix {
    let gram = SymmetricMatrix(order: pairs.choosers.rowCount)
    parallel(blocks: gram.order, threads: threads) { candidate in
      var line = [Double](repeating: 0, count: gram.order)
      pairs.forEachPartner(of: candidate) { line[$0] += 1 }
      line[candidate] += regularization
      gram.setRow(candidate, line)
    }
    return gram
  }

  private static func weights(_ inverse: SymmetricMatrix, threads: Int) -> Matrix {
    let weights = Matrix(rows: inverse.order, columns: inverse.order)
    let diagonal = (0..<inverse.order).map { inverse[$0, $0] }
    parallel(blocks: inverse.order, threads: threads) { row in
      for column in 0..<inverse.order where column != row {
        weights[row, column] = Float(-inverse[row, column] / diagonal[column])
      }
    }
    return weights
  }

  package func score(_ history: ArraySlice<Int32>, into scores: UnsafeMutableBufferPointer<Float>) {
    guard !history.isEmpty, let start = scores.baseAddress else { return unsafe scores.write(counts) }
    precondition(scores.count == counts.count, "\(scores.count) scores for \(counts.count) candidates")
    unsafe scores.update(repeating: 0)
    for candidate in history {
      unsafe addScaled(weights.pointer(row: Int(candidate)), by: 1, to: start, count: scores.count)
    }
  }
}
