package import Kernels
import Tables

/// The similarity of histories that are folded in to the vectors of training.
package struct FoldInFit: Sendable {
  package let penalty: Float
  /// The mean over a sample of queries.
  package let cosine: Double
}

extension Model {
  /// Brings towers that no softmax made onto the scale of one, so that a history can be folded in as it is for a
  /// softmax model with a penalty: candidates of length 1 in the mean of squares, the penalty with which folding in
  /// what queries chose in training comes nearest to their own directions, and queries by the factor that fits best.
  ///
  /// No held-out data takes part. A sample of the queries is asked, evenly spaced over the rows.
  ///
  /// - Parameter pairs: what queries chose in training.
  /// - Returns: the model with its recipe, and how near the folded vectors come.
  package func scaledForFoldIn(_ pairs: TrainingPairs, threads: Int) throws -> (model: Model, fit: FoldInFit) {
    let size = candidates.rootMeanSquaredLength(from: Int(EmbeddingRow.firstKnown.index))
    guard size > 0 else { return (self, FoldInFit(penalty: 0, cosine: 0)) }
    let unit = candidates.multiplied(by: 1 / size)
    let (rows, histories) = try Self.sample(pairs, of: Self.sampleSize)
    let own = Matrix(rows: rows.count, columns: dimension)
    own.gather(queries, rows: rows.map(\.index))
    func fit(_ penalty: Float) -> Fit {
      var recipe = SoftmaxRecipe()
      recipe.penalty = penalty
      let folded = FoldIn(candidateTable: unit, recipe: Recipe(recipe), counts: []).vectors(
        for: histories, threads: threads)
      return Fit(recipe: recipe, folded: folded, own: own)
    }
    func better(_ a: Fit, _ b: Fit) -> Fit { b.cosine > a.cosine ? b : a }
    let coarse = Self.penalties.map { fit($0) }.reduce(fit(Self.penalties[0]), better)
    let best = [0.7071068, 1.4142136].map { fit(coarse.recipe.penalty * $0) }.reduce(coarse, better)
    return (
      Model(
        vocabularies: vocabularies, queries: queries.multiplied(by: best.factor), candidates: unit,
        recipe: Recipe(best.recipe)),
      FoldInFit(penalty: best.recipe.penalty, cosine: best.cosine)
    )
  }

  private static let sampleSize = 64
  private static let penalties: [Float] = [0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64]

  private struct Fit {
    let recipe: SoftmaxRecipe
    let cosine: Double
    /// The factor that brings a query nearest to its folded vector.
    let factor: Float

    init(recipe: SoftmaxRecipe, folded: Matrix, own: Matrix) {
      self.recipe = recipe
      var (cosines, products, squares) = (0.0, 0.0, 0.0)
      for row in 0..<own.rows {
        let (aa, bb) = (Double(folded.squaredLength(row: row)), Double(own.squaredLength(row: row)))
        let ab = Double(folded.dot(row: row, with: own, row: row))
        cosines += aa > 0 && bb > 0 ? ab / (aa * bb).squareRoot() : 0
        products += ab
        squares += bb
      }
      cosine = cosines / Double(max(own.rows, 1))
      factor = products > 0 ? Float(products / squares) : 1
    }
  }

  /// Queries, and what each chose: distinct candidates in rising order.
  private static func sample(_ pairs: TrainingPairs, of size: Int) throws -> (
    rows: [EmbeddingRow], histories: [[CandidateNumber]]
  ) {
    var found: Set<EmbeddingRow> = []
    try pairs.visit { pair, _ in found.insert(pair.query) }
    let distinct = found.sorted()
    let count = min(size, distinct.count)
    let rows = (0..<count).map { distinct[$0 * distinct.count / count] }
    let places = Dictionary(rows.enumerated().map { ($1, $0) }) { first, _ in first }
    var histories = [Set<CandidateNumber>](repeating: [], count: count)
    try pairs.visit { pair, _ in
      if let place = places[pair.query], let candidate: CandidateNumber = pair.candidate.number() {
        histories[place].insert(candidate)
      }
    }
    return (rows, histories.map { $0.sorted() })
  }
}

extension Matrix {
  /// All rows multiplied by a factor.
  package func multiplied(by factor: Float) -> Matrix {
    let result = copy()
    for row in 0..<rows { result.scale(row: row, by: factor) }
    return result
  }

  func rootMeanSquaredLength(from first: Int) -> Float {
    let sum = (first..<max(rows, first)).reduce(0.0) { $0 + Double(squaredLength(row: $1)) }
    return Float((sum / Double(max(rows - first, 1))).squareRoot())
  }
}
