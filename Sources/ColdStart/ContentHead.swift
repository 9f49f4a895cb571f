package import Kernels
package import LinearAlgebra
import ParallelLoops

/// A linear map from features to the vectors of a trained model, in closed form: ridge regression
/// `W = (FᵀDF + λI)⁻¹ FᵀDV`, where F has a column of ones before the features, V are the trained vectors and D is the
/// number of interactions of each candidate to the power of 0.6, since a vector of many interactions is known better.
/// On held-out movies of MovieLens 100K a greater power finds more hits among all movies and ranks new ones among
/// themselves worse.
///
/// λ is the multiple of the mean of D that predicts left-out vectors best, by leave-one-out in closed form. A vector
/// that the map gives is not brought to any length: where features say little it is short, and its length is its
/// certainty.
///
/// With p columns and n candidates of z features each the cost is n z² + p³, six times.
package struct ContentHead: Sendable {
  /// The share of the variance of left-out vectors that features explain, weighted by D: 0 is nothing.
  package let explainedVariance: Double
  /// λ as a multiple of the mean of D.
  package let penalty: Double
  /// Features that no trained candidate has, or that are beyond `mostColumns`, and so say nothing.
  package let unusedColumns: Int
  /// The coefficients: row 0 for the column of ones, then a row for each used feature.
  private let map: DenseMatrix
  /// The row of the map of each feature; -1 for an unused one.
  private let rowOfFeature: [Int32]

  /// The equations are dense: at most 4,096 columns take 134 MB in each of three copies.
  static let mostColumns = 4096
  package static let power = 0.6
  static let penalties = [0.3, 1, 3, 10, 30, 100]

  /// - Parameters:
  ///   - features: a row for each trained candidate.
  ///   - vectors: of the same candidates.
  ///   - interactions: of the same candidates.
  package init(
    _ features: SparseMatrix, vectors: Matrix, interactions: [Double], threads: Int
  ) throws(NotPositiveDefinite) {
    precondition(features.rowCount == vectors.rows && interactions.count == vectors.rows)
    let columns = Self.usedColumns(of: features)
    var rowOfFeature = [Int32](repeating: -1, count: features.columnCount)
    for (place, column) in columns.enumerated() { rowOfFeature[column] = Int32(place + 1) }
    var logarithms = interactions.map { Float(Self.power * naturalLogarithm(max($0, 1))) }
    exponentials(of: &logarithms)
    let importance = zip(logarithms, interactions).map { $1 > 0 ? Double($0) : 0 }
    let equations = RidgeEquations(
      features, rowOfFeature, order: columns.count + 1, vectors: vectors, importance: importance, threads: threads)
    let mean = max(importance.reduce(0, +) / Double(max(importance.count, 1)), .leastNormalMagnitude)
    var best: (penalty: Double, explained: Double, map: DenseMatrix)?
    for penalty in Self.penalties {
      let solution = try equations.solution(penalty: penalty * mean, threads: threads)
      let explained = equations.explainedVariance(solution, threads: threads)
      if best.map({ explained > $0.explained }) ?? true { best = (penalty, explained, solution.map) }
    }
    guard let best else { preconditionFailure("a penalty is tried") }
    (penalty, explainedVariance, map) = best
    unusedColumns = features.columnCount - columns.count
    self.rowOfFeature = rowOfFeature
  }

  /// Features that some candidate has: the most frequent of them where they are too many, in their order.
  private static func usedColumns(of features: SparseMatrix) -> [Int] {
    var counts = [Int](repeating: 0, count: features.columnCount)
    for column in features.columns { counts[Int(column)] += 1 }
    let used = counts.indices.filter { counts[$0] > 0 }
    guard used.count >= mostColumns else { return used }
    return used.sorted { (counts[$1], $0) < (counts[$0], $1) }.prefix(mostColumns - 1).sorted()
  }

  /// The vector of a candidate without features.
  package var mean: [Float] { row(0) }

  /// The part of a feature, at weight 1, in the vectors of candidates; `nil` for an unused one.
  package func part(ofFeature feature: Int) -> [Float]? {
    rowOfFeature[feature] < 0 ? nil : row(Int(rowOfFeature[feature]))
  }

  private func row(_ row: Int) -> [Float] { (0..<map.columns).map { Float(map[row, $0]) } }

  /// The vectors of candidates by their features; that of a candidate without any is the map's first row.
  package func vectors(of features: SparseMatrix, threads: Int) -> Matrix {
    precondition(
      features.columnCount == rowOfFeature.count, "\(features.columnCount) of \(rowOfFeature.count) features")
    let vectors = Matrix(rows: features.rowCount, columns: map.columns)
    parallel(blocks: (features.rowCount + 255) / 256, threads: threads) { block in
      for row in block * 256..<min((block + 1) * 256, features.rowCount) {
        for (column, value) in RidgeEquations.prediction(features, row, rowOfFeature, map).enumerated() {
          vectors[row, column] = Float(value)
        }
      }
    }
    return vectors
  }
}
