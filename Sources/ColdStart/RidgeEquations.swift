import Kernels
import LinearAlgebra
import ParallelLoops

/// The equations of a weighted ridge regression from sparse features with a column of ones, whatever the penalty.
struct RidgeEquations: Sendable {
  private let features: SparseMatrix
  private let rowOfFeature: [Int32]
  private let order: Int
  private let vectors: Matrix
  private let importance: [Double]
  /// `FᵀDF`, of which the part from the diagonal on counts.
  private let products: DenseMatrix
  /// `FᵀDV`.
  private let targets: DenseMatrix

  /// - Parameters:
  ///   - rowOfFeature: the unknown of each feature, from 1 on; -1 for one that is left out.
  ///   - order: number of unknowns, with that of the column of ones.
  init(
    _ features: SparseMatrix, _ rowOfFeature: [Int32], order: Int, vectors: Matrix, importance: [Double], threads: Int
  ) {
    self.features = features
    self.rowOfFeature = rowOfFeature
    self.order = order
    self.vectors = vectors
    self.importance = importance
    let (products, targets) = (
      DenseMatrix(rows: order, columns: order), DenseMatrix(rows: order, columns: vectors.columns)
    )
    let byFeature = features.transposed()
    var featureOfRow = [Int](repeating: -1, count: order)
    for (feature, row) in rowOfFeature.enumerated() where row >= 0 { featureOfRow[Int(row)] = feature }
    let columns = featureOfRow
    // A row of the products is written by one worker, in the order of the candidates.
    parallel(blocks: order, threads: threads) { row in
      func add(_ candidate: Int, _ value: Double) {
        let weight = importance[candidate] * value
        guard weight != 0 else { return }
        for (other, otherValue) in Self.elements(features, candidate, rowOfFeature) where other >= row {
          products[row, other] += weight * otherValue
        }
        for column in 0..<vectors.columns { targets[row, column] += weight * Double(vectors[candidate, column]) }
      }
      guard row > 0 else {
        for candidate in 0..<features.rowCount { add(candidate, 1) }
        return
      }
      for place in byFeature.starts[columns[row]]..<byFeature.starts[columns[row] + 1] {
        add(Int(byFeature.columns[place]), Double(byFeature.values?[place] ?? 1))
      }
    }
    (self.products, self.targets) = (products, targets)
  }

  /// The unknowns that a candidate has, and its values of them.
  private static func elements(
    _ features: SparseMatrix, _ candidate: Int, _ rowOfFeature: [Int32]
  ) -> [(unknown: Int, value: Double)] {
    var elements = [(unknown: 0, value: 1.0)]
    for place in features.starts[candidate]..<features.starts[candidate + 1] {
      let unknown = rowOfFeature[Int(features.columns[place])]
      if unknown >= 0 { elements.append((Int(unknown), Double(features.values?[place] ?? 1))) }
    }
    return elements
  }

  /// The vector that a map predicts for a candidate.
  static func prediction(
    _ features: SparseMatrix, _ candidate: Int, _ rowOfFeature: [Int32], _ map: DenseMatrix
  ) -> [Double] {
    var sum = [Double](repeating: 0, count: map.columns)
    for (unknown, value) in elements(features, candidate, rowOfFeature) {
      for column in sum.indices { sum[column] += value * map[unknown, column] }
    }
    return sum
  }

  struct Solution: Sendable {
    let map: DenseMatrix
    /// `(FᵀDF + λI)⁻¹`.
    let inverse: SymmetricMatrix
  }

  /// - Parameter penalty: λ.
  func solution(penalty: Double, threads: Int) throws(NotPositiveDefinite) -> Solution {
    let inverse = SymmetricMatrix(order: order)
    var line = [Double](repeating: 0, count: order)
    for row in 0..<order {
      for column in row..<order { line[column] = products[row, column] }
      line[row] += penalty
      inverse.setRow(row, line)
    }
    try inverse.invert(threads: threads)
    let square = DenseMatrix(rows: order, columns: order)
    parallel(blocks: order, threads: threads) { row in
      for column in 0..<order { square[row, column] = inverse[row, column] }
    }
    return Solution(map: .transposedProduct(square, targets, threads: threads), inverse: inverse)
  }

  /// The share of the weighted variance that the vector of each candidate, predicted from all others, explains:
  /// a residual without the candidate is its residual divided by `1 − dᵢ fᵢᵀ(FᵀDF + λI)⁻¹fᵢ`.
  func explainedVariance(_ solution: Solution, threads: Int) -> Double {
    let total = max(importance.reduce(0, +), .leastNormalMagnitude)
    let mean = (0..<vectors.columns).map { targets[0, $0] / total }
    let errors = SharedBuffer(repeating: 0.0, count: vectors.rows)
    parallel(blocks: vectors.rows, threads: threads) { candidate in
      let elements = Self.elements(features, candidate, rowOfFeature)
      var leverage = 0.0
      for (row, value) in elements {
        for (column, other) in elements { leverage += value * other * solution.inverse[row, column] }
      }
      let left = max(1 - importance[candidate] * leverage, 1e-6)
      let prediction = Self.prediction(features, candidate, rowOfFeature, solution.map)
      errors[candidate] = prediction.enumerated().reduce(0) { sum, predicted in
        let residual = (Double(vectors[candidate, predicted.offset]) - predicted.element) / left
        return sum + residual * residual
      }
    }
    var (unexplained, variance) = (0.0, 0.0)
    for candidate in 0..<vectors.rows {
      unexplained += importance[candidate] * errors[candidate]
      variance +=
        importance[candidate]
        * mean.enumerated().reduce(0) { sum, mean in
          let difference = Double(vectors[candidate, mean.offset]) - mean.element
          return sum + difference * difference
        }
    }
    return variance > 0 ? 1 - unexplained / variance : 0
  }
}
