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

  func contributions(of history: [CandidateNumber], to candidate: CandidateNumber) -> [Float]? { nil }

  /// The gradient for one user is Σ over candidates `softmax_v(a·b_v / τ + ln n_v) b_v`, with n_v = 1 where negatives
  /// were not by frequency, less the mean of the chosen, over τ: all divided by the length of the history.
  func vectors(for histories: [[CandidateNumber]]) -> Matrix {
    let (count, width) = (histories.count, packed.paddedRows)
    let isUnit = recipe.normalisation == .both
    let vectors = Matrix(rows: count, columns: candidates.columns)
    let means = Matrix(rows: count, columns: candidates.columns)
    for (row, history) in histories.enumerated() {
      for candidate in history {
        means.addScaled(row: Int(candidate.value), of: candidates, by: 1 / Float(history.count), to: row)
      }
      vectors.copy(row: row, of: means, to: row)
      if isUnit { normalise(vectors, row) }
    }
    let weights = AlignedFloats(uninitialised: count * width)
    let bias = AlignedFloats(width)
    for place in 0..<width { bias[place] = place < candidates.rows ? frequencies[place] : SampledSoftmax.masked }
    let inverse = 1 / recipe.temperature
    let rate = isUnit ? Self.unitRate : 1 / (recipe.penalty + meanSquaredLength * inverse * inverse)
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
        vectors.scale(row: row, by: 1 - rate * (isUnit ? 0 : recipe.penalty))
        vectors.addScaled(row: row, of: expected, by: -rate * inverse / state.sum[row], to: row)
        vectors.addScaled(row: row, of: means, by: rate * inverse, to: row)
        if isUnit { normalise(vectors, row) }
      }
    }
    return vectors
  }

  private func normalise(_ matrix: Matrix, _ row: Int) {
    matrix.scale(row: row, by: 1 / max(matrix.squaredLength(row: row).squareRoot(), ScaledVectors.leastNorm))
  }

  private var meanSquaredLength: Float {
    let sum = (0..<candidates.rows).reduce(Float(0)) { $0 + candidates.squaredLength(row: $1) }
    return max(sum / Float(max(candidates.rows, 1)), .leastNormalMagnitude)
  }
}
