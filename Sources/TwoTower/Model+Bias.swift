import Kernels
import Tables

extension Model {
  /// One more dimension of both towers for the popularity of a candidate.
  ///
  /// The candidate's is `z(log(1 + count))` over all candidates; the query's is `weight` times the standard deviation
  /// of its scores, so that scores and popularity are added on one scale; the out-of-vocabulary query has nothing but
  /// this dimension, and is answered by popularity.
  ///
  /// - Parameter counts: of each candidate row, such as in the newest part of training.
  package func addingBias(counts: [Double], weight: Float) -> Model {
    precondition(counts.count == candidates.rows, "\(counts.count) counts for \(candidates.rows) candidates")
    let bias = Self.standardised(counts.dropFirst().map { naturalLogarithm(1 + $0) })
    let spread = ScoreSpread(candidates)
    let (wideQueries, wideCandidates) = (queries.widened(), candidates.widened())
    for (bias, row) in zip(bias, EmbeddingRow.known(of: candidates.rows)) {
      wideCandidates[Int(row.index), dimension] = bias
    }
    for row in 0..<queries.rows {
      if row == 0 { wideQueries.zero(row: row) }
      wideQueries[row, dimension] = row == 0 ? 1 : weight * spread.deviation(of: queries.row(row))
    }
    var recipe = recipe
    recipe.biasWeight = weight
    var model = Model(
      vocabularies: vocabularies, queries: wideQueries, candidates: wideCandidates, historyTables: ownHistoryTables,
      recipe: recipe)
    model.features = features
    model.rating = rating
    model.context = context?.answeringUnknownByMean()
    model.candidatesByFeatures = candidatesByFeatures
    return model
  }

  private static func standardised(_ values: [Double]) -> [Float] {
    let count = Double(max(values.count, 1))
    let mean = values.reduce(0, +) / count
    let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
    return values.map { Float(deviation > 0 ? ($0 - mean) / deviation : 0) }
  }
}

extension Matrix {
  /// The matrix with one more column, of zeros.
  func widened() -> Matrix {
    let wide = Matrix(rows: rows, columns: columns + 1)
    for row in 0..<rows { wide.copy(row: row, of: self, to: row) }
    return wide
  }
}

/// The spread of a query's scores over all candidates: `√(qᵀ Cov(C) q)`, without computing the scores.
struct ScoreSpread {
  /// The mean of the candidates.
  let mean: [Double]
  let covariance: [Double]
  private let dimension: Int

  /// The root of the candidates' mean squared distance from their mean.
  var size: Double { (0..<dimension).reduce(0) { $0 + covariance[$1 * dimension + $1] }.squareRoot() }

  /// - Parameter candidates: rows 1 and above count.
  init(_ candidates: Matrix) {
    let (rows, dimension) = (candidates.rows, candidates.columns)
    let count = Double(max(EmbeddingRow.vocabularyCount(rows: rows), 1))
    var mean = [Double](repeating: 0, count: dimension)
    for row in EmbeddingRow.known(of: rows).map({ Int($0.index) }) {
      for column in 0..<dimension { mean[column] += Double(candidates[row, column]) / count }
    }
    var sums = [Double](repeating: 0, count: dimension * dimension)
    var centred = [Double](repeating: 0, count: dimension)
    for row in EmbeddingRow.known(of: rows).map({ Int($0.index) }) {
      for column in 0..<dimension { centred[column] = Double(candidates[row, column]) - mean[column] }
      for i in 0..<dimension {
        for j in i..<dimension { sums[i * dimension + j] += centred[i] * centred[j] / count }
      }
    }
    for i in 0..<dimension {
      for j in 0..<i { sums[i * dimension + j] = sums[j * dimension + i] }
    }
    self.mean = mean
    covariance = sums
    self.dimension = dimension
  }

  func deviation(of query: [Float]) -> Float {
    var sum = 0.0
    for i in 0..<dimension {
      var line = 0.0
      for j in 0..<dimension { line += covariance[i * dimension + j] * Double(query[j]) }
      sum += line * Double(query[i])
    }
    return Float(max(sum, 0).squareRoot())
  }
}
