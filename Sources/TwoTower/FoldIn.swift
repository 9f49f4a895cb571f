import Interactions
import Kernels
import ParallelLoops

/// Query vectors for users whom training never saw, from what they chose: the query tower's own objective for that one
/// user, with the candidates held still.
///
/// A softmax model takes steps down the gradient from the mean of the chosen candidates; with unit vectors ten steps
/// of 0.2 reach what a user in training has. Implicit alternating least squares solve that one user's equations, as they
/// do in training: a known user's history gives that user's vector. Without a history there is nothing to fold in; the
/// out-of-vocabulary row answers.
package struct FoldIn: Sendable {
  static let unitSteps = 10
  static let unitRate: Float = 0.2
  /// Without the correction for frequent candidates the way is longer.
  static let unitStepsByFrequency = 20
  /// A query of any length goes further, and its best length is not known beforehand.
  static let freeSteps = 60

  private let recipe: Recipe
  private let dimension: Int
  /// Candidate rows 1 and above, without the bias dimension.
  private let candidates: Matrix
  private let packed: PackedRows
  private let spread: ScoreSpread?
  /// Added to every score of a candidate: how often it is a negative, as a logarithm.
  private let frequencies: [Float]
  /// Of a model of implicit alternating least squares: its objective and the candidates' share of the equations.
  private let equations: (objective: ImplicitALSObjective, squares: LeastSquares)?

  package init(_ model: Model) {
    self.init(candidateTable: model.candidates, recipe: model.recipe, counts: model.vocabularies.candidate.counts)
  }

  /// - Parameters:
  ///   - candidateTable: a row for each candidate, from row 1.
  ///   - counts: interactions of each candidate, from the first on, or empty; where negatives came by frequency they
  ///     count.
  package init(candidateTable: Matrix, recipe: Recipe, counts: [Int64] = []) {
    self.recipe = recipe
    dimension = candidateTable.columns
    let own = recipe.biasWeight == nil ? dimension : dimension - 1
    candidates = Matrix(rows: max(candidateTable.rows - 1, 0), columns: own)
    for row in 0..<candidates.rows {
      candidates.pointer(row: row).update(from: candidateTable.pointer(row: row + 1), count: own)
    }
    packed = PackedRows(candidates)
    frequencies = Self.frequencies(recipe, counts, candidates: candidates.rows)
    spread = recipe.biasWeight.map { _ in ScoreSpread(candidateTable.narrowed(to: own)) }
    equations = ImplicitALSObjective(recipe.kind).map { [candidates] objective in
      let rows = (0..<Int32(candidates.rows)).map { $0 }
      let squares = LeastSquares(
        fixed: candidates, first: 0, rows: rows, unobservedWeight: objective.unobservedWeight, threads: 1)
      return (objective, squares)
    }
  }

  private static func frequencies(_ recipe: Recipe, _ counts: [Int64], candidates: Int) -> [Float] {
    guard recipe.negativesByFrequency, counts.count == candidates, counts.contains(where: { $0 > 0 }) else {
      return [Float](repeating: 0, count: candidates)
    }
    return counts.map { $0 > 0 ? Float(naturalLogarithm(Double($0))) : SampledSoftmax.masked }
  }

  private var unitSteps: Int { recipe.negativesByFrequency ? Self.unitStepsByFrequency : Self.unitSteps }

  /// A row of the model's dimension for each history.
  ///
  /// - Parameter histories: rows of distinct candidates, each of at least one.
  package func vectors(for histories: [[Int32]], threads: Int) -> Matrix {
    let result = Matrix(rows: histories.count, columns: dimension)
    let size = 24
    parallel(blocks: (histories.count + size - 1) / size, threads: threads) { block in
      let range = block * size..<min((block + 1) * size, histories.count)
      let part = Array(histories[range])
      let vectors = exact(part) ?? solve(part)
      for (place, row) in range.enumerated() {
        result.pointer(row: row).update(from: vectors.pointer(row: place), count: candidates.columns)
        if let spread, let weight = recipe.biasWeight {
          result.pointer(row: row)[candidates.columns] = weight * spread.deviation(of: vectors.pointer(row: place))
        }
      }
    }
    return result
  }

  /// How much each of a history adds to the score of a candidate, a bias left out: together they are the score of the
  /// history's vector. nil where that vector is no sum over the history, as in a softmax model.
  ///
  /// - Parameters:
  ///   - history: rows of distinct candidates, at least one.
  ///   - candidate: its row.
  package func contributions(of history: [Int32], to candidate: Int32) -> [Float]? {
    guard let (objective, squares) = equations else { return nil }
    // Where the equations cannot be solved, the vector is zero.
    return squares.contributions(
      of: history.map { $0 - 1 }, to: candidates.pointer(row: Int(candidate) - 1),
      penalty: objective.penalty(weight: Double(history.count), others: candidates.rows),
      LeastSquares.Workspace(columns: candidates.columns)) ?? [Float](repeating: 0, count: history.count)
  }

  private func exact(_ histories: [[Int32]]) -> Matrix? {
    guard let (objective, squares) = equations else { return nil }
    let vectors = Matrix(rows: histories.count, columns: candidates.columns)
    let space = LeastSquares.Workspace(columns: candidates.columns)
    for (row, history) in histories.enumerated() {
      let numbers = history.map { $0 - 1 }
      let penalty = objective.penalty(weight: Double(history.count), others: candidates.rows)
      let vector = vectors.pointer(row: row)
      let gain = squares.solve(numbers[...], weights: nil, penalty: penalty, into: vector, space)
      // Equations that single precision cannot solve are answered by nothing rather than by noise.
      if !gain.isFinite { vector.update(repeating: 0, count: candidates.columns) }
    }
    return vectors
  }

  /// Σ over candidates `softmax_v(a·b_v / τ + ln n_v) b_v`, with n_v = 1 where negatives were not by frequency, less the
  /// mean of the chosen, over τ: the gradient for one user,
  /// divided by the length of the history.
  private func solve(_ histories: [[Int32]]) -> Matrix {
    let (count, width) = (histories.count, packed.paddedRows)
    let isUnit = recipe.normalisation == .both
    let vectors = Matrix(rows: count, columns: candidates.columns)
    let means = Matrix(rows: count, columns: candidates.columns)
    for (row, history) in histories.enumerated() {
      for candidate in history {
        addScaled(
          candidates.pointer(row: Int(candidate) - 1), by: 1 / Float(history.count), to: means.pointer(row: row),
          count: means.stride)
      }
      vectors.pointer(row: row).update(from: means.pointer(row: row), count: means.stride)
      if isUnit { normalise(vectors, row) }
    }
    let weights = AlignedFloats(uninitialised: count * width)
    let bias = AlignedFloats(width)
    for place in 0..<width { bias[place] = place < candidates.rows ? frequencies[place] : SampledSoftmax.masked }
    let inverse = 1 / recipe.temperature
    let rate = isUnit ? Self.unitRate : 1 / (recipe.penalty + meanSquaredLength * inverse * inverse)
    for _ in 0..<(isUnit ? unitSteps : Self.freeSteps) {
      let scaled = vectors.copy()
      for row in 0..<count { scale(scaled.pointer(row: row), by: inverse, count: scaled.stride) }
      scores(
        of: 0..<count, in: scaled, against: packed, tile: 0..<candidates.rows, into: weights.pointer, stride: width)
      let state = SoftmaxState(rows: count)
      state.take(weights.pointer, stride: width, rows: count, columns: width, bias: bias.pointer)
      let expected = Matrix(rows: count, columns: candidates.columns)
      addWeighted(
        weights: weights.pointer, stride: width, rows: 0..<count, of: expected, source: candidates,
        sourceRows: 0..<candidates.rows)
      for row in 0..<count {
        let vector = vectors.pointer(row: row)
        scale(vector, by: 1 - rate * (isUnit ? 0 : recipe.penalty), count: vectors.stride)
        addScaled(expected.pointer(row: row), by: -rate * inverse / state.sum[row], to: vector, count: vectors.stride)
        addScaled(means.pointer(row: row), by: rate * inverse, to: vector, count: vectors.stride)
        if isUnit { normalise(vectors, row) }
      }
    }
    return vectors
  }

  private func normalise(_ matrix: Matrix, _ row: Int) {
    let pointer = matrix.pointer(row: row)
    let norm = max(dot(pointer, pointer, count: matrix.stride).squareRoot(), Tower.leastNorm)
    scale(pointer, by: 1 / norm, count: matrix.stride)
  }

  private var meanSquaredLength: Float {
    let sum = (0..<candidates.rows).reduce(Float(0)) {
      $0 + dot(candidates.pointer(row: $1), candidates.pointer(row: $1), count: candidates.stride)
    }
    return max(sum / Float(max(candidates.rows, 1)), .leastNormalMagnitude)
  }
}

extension Matrix {
  /// The first columns alone.
  func narrowed(to columns: Int) -> Matrix {
    let narrow = Matrix(rows: rows, columns: columns)
    for row in 0..<rows { narrow.pointer(row: row).update(from: pointer(row: row), count: columns) }
    return narrow
  }
}
