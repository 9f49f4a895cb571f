import Kernels
import Tables

/// Takes steps down a softmax model's gradient from the mean of the chosen candidates; with unit vectors ten steps of
/// 0.2 come close to the vector of a known user.
struct SoftmaxFoldIn: FoldInRule {
  static let unitSteps = 10
  static let unitRate: Float = 0.2
  /// The number of steps without the correction for frequent candidates, where the way is longer.
  static let unitStepsByFrequency = 20
  /// A query of any length goes further, and its best length is not known beforehand.
  static let freeSteps = 60

  private let recipe: SoftmaxRecipe
  private let candidates: Matrix
  private let packed: PackedRows
  /// The logarithms of how often candidates are negatives, which are added to their scores.
  private let frequencies: [Float]

  init(_ recipe: SoftmaxRecipe, candidates: Matrix, counts: [Int64]) {
    self.recipe = recipe
    self.candidates = candidates
    packed = PackedRows(candidates)
    frequencies =
      recipe.negativesByFrequency && counts.count == candidates.rows && counts.contains { $0 > 0 }
      ? counts.map { $0 > 0 ? Float(naturalLogarithm(Double($0))) : SampledSoftmax.masked }
      : [Float](repeating: 0, count: candidates.rows)
  }

  private var unitSteps: Int { recipe.negativesByFrequency ? Self.unitStepsByFrequency : Self.unitSteps }

  /// A step adds the gradient of every choice's log-likelihood, and what it scales it scales for all choices alike. So the
  /// vector is the sum of what came of each choice b: `(f b − E) / n`, with the factor f that is left of the steps for
  /// the mean, and the candidates E that the softmax expected in them, which are `f mean − vector`.
  func contributions(of history: [CandidateNumber], to candidate: [Float]) -> [Float] {
    let (vectors, factors) = folded([history])
    let products = history.map { candidates.product(row: Int($0.value), with: candidate) }
    let mean = products.reduce(0, +) / Float(history.count)
    let score = vectors.product(row: 0, with: candidate)
    return products.map { (score + factors[0] * ($0 - mean)) / Float(history.count) }
  }

  func vectors(for histories: [[CandidateNumber]]) -> Matrix { folded(histories).vectors }

  /// The gradient for one user is Σ over candidates `softmax_v(a·b_v / τ + ln n_v) b_v`, with n_v = 1 where negatives
  /// were not by frequency, less the mean of the chosen, over τ: all divided by the length of the history.
  ///
  /// - Returns: the vectors, and the factor of the mean of the chosen in each.
  private func folded(_ histories: [[CandidateNumber]]) -> (vectors: Matrix, factors: [Float]) {
    let (count, width) = (histories.count, packed.paddedRows)
    let isUnit = recipe.normalisation == .both
    let vectors = Matrix(rows: count, columns: candidates.columns)
    let means = Matrix(rows: count, columns: candidates.columns)
    var factors = [Float](repeating: 1, count: count)
    for (row, history) in histories.enumerated() {
      for candidate in history {
        means.addScaled(row: Int(candidate.value), of: candidates, by: 1 / Float(history.count), to: row)
      }
      vectors.copy(row: row, of: means, to: row)
      if isUnit { factors[row] *= normalise(vectors, row) }
    }
    let weights = AlignedFloats(uninitialised: count * width)
    let bias = AlignedFloats(width)
    for place in 0..<width { bias[place] = place < candidates.rows ? frequencies[place] : SampledSoftmax.masked }
    let inverse = 1 / recipe.temperature
    let rate = isUnit ? Self.unitRate : 1 / (recipe.penalty + meanSquaredLength * inverse * inverse)
    let kept = 1 - rate * (isUnit ? 0 : recipe.penalty)
    for _ in 0..<(isUnit ? unitSteps : Self.freeSteps) {
      let scaled = vectors.copy()
      for row in 0..<count { scaled.scale(row: row, by: inverse) }
      scores(of: 0..<count, in: scaled, against: packed, tile: 0..<candidates.rows, into: weights, stride: width)
      let state = SoftmaxState(rows: count)
      state.take(weights, stride: width, rows: count, columns: width, bias: bias)
      let expected = Matrix(rows: count, columns: candidates.columns)
      addWeighted(
        weights: weights, stride: width, rows: 0..<count, of: expected, source: candidates,
        sourceRows: 0..<candidates.rows)
      for row in 0..<count {
        vectors.scale(row: row, by: kept)
        vectors.addScaled(row: row, of: expected, by: -rate * inverse / state.sum[row], to: row)
        vectors.addScaled(row: row, of: means, by: rate * inverse, to: row)
        factors[row] = factors[row] * kept + rate * inverse
        if isUnit { factors[row] *= normalise(vectors, row) }
      }
    }
    return (vectors, factors)
  }

  /// Brings a row to unit length.
  ///
  /// - Returns: the factor that did.
  private func normalise(_ matrix: Matrix, _ row: Int) -> Float {
    let factor = 1 / max(matrix.squaredLength(row: row).squareRoot(), ScaledVectors.leastNorm)
    matrix.scale(row: row, by: factor)
    return factor
  }

  private var meanSquaredLength: Float {
    let sum = (0..<candidates.rows).reduce(Float(0)) { $0 + candidates.squaredLength(row: $1) }
    return max(sum / Float(max(candidates.rows, 1)), .leastNormalMagnitude)
  }
}
