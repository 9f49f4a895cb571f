package import Interactions
import Kernels
import LinearAlgebra
import Tables

/// Several models over one vocabulary in one pair of towers.
///
/// An ensemble's score of a pair is the sum over its members of z-scores: a member's score, less the mean of the
/// query's scores over all candidates, by their standard deviation, so that every member has an equal say in every
/// query. Without computing scores: the candidates of a member less their mean, its query p by `√(pᵀ Cov(C) p)`, and
/// the dimensions of all members side by side, which make two tables P and C of `Σ d` columns with these scores as dot
/// products. A member may have a weight, which multiplies its z-scores. `compressed` gives the best approximation of `P
/// Cᵀ` with fewer columns (Eckart & Young, 1936).
///
/// A popularity dimension of a member is left out: the ensemble is given one of its own, so that one weight holds.
package struct Ensemble: Sendable {
  /// Work and memory grow with the cube and the square of the columns.
  package static let mostColumns = 2048

  let vocabularies: Vocabularies
  let queries: SideBySide
  let candidates: SideBySide

  /// - Parameters:
  ///   - members: in an order that the outcome depends on by rounding alone.
  ///   - weights: of the members, above 0; nil for equal ones.
  ///   - names: of the members, for failures.
  package init(
    _ members: [Model], weights: [Double]? = nil, vocabularies: Vocabularies, names: [String]
  ) throws(TwoTowerError) {
    guard members.count > 1 else { throw .tooFewMembers(members.count) }
    if let other = members.firstIndex(where: { $0.vocabularies != vocabularies }) {
      throw .otherVocabulary(names[other])
    }
    if let rated = members.firstIndex(where: { $0.rating != nil }) { throw .memberWithRatings(names[rated]) }
    if let member = members.firstIndex(where: { $0.context != nil }) { throw .memberWithContext(names[member]) }
    let towers = members.map { model -> (queries: Matrix, candidates: Matrix) in
      guard model.recipe.biasWeight != nil else { return (model.queries, model.candidates) }
      let own = model.dimension - 1
      return (model.queries.narrowed(to: own), model.candidates.narrowed(to: own))
    }
    let columns = towers.reduce(0) { $0 + $1.queries.columns }
    guard columns <= Self.mostColumns else { throw .tooWide(columns) }
    self.vocabularies = vocabularies
    let spreads = towers.map { ScoreSpread($0.candidates) }
    queries = SideBySide(
      zip(zip(towers, spreads), weights ?? towers.map { _ in 1 }).map { member, weight in
        let (tower, spread) = member
        // What is divided out of the candidates comes back here.
        return SideBySide.Part(
          table: tower.queries, mean: nil,
          factors: (0..<tower.queries.rows).map { row in
            let deviation = spread.deviation(of: tower.queries.row(row))
            return deviation > 0 ? weight * spread.size / Double(deviation) : 0
          })
      })
    candidates = SideBySide(
      zip(towers, spreads).map { tower, spread in
        let factor = spread.size > 0 ? 1 / spread.size : 0
        // Row 0 is no candidate.
        return SideBySide.Part(
          table: tower.candidates, mean: spread.mean,
          factors: [0] + [Double](repeating: factor, count: EmbeddingRow.vocabularyCount(rows: tower.candidates.rows)))
      })
  }

  /// Towers of all columns, whose dot products are the ensemble's scores.
  package var whole: Model {
    Model(vocabularies: vocabularies, queries: queries.table, candidates: candidates.table)
  }

  /// Towers of `dimension` columns whose dot products come nearest to the ensemble's scores in the sum of squares, and
  /// all singular values of the scores.
  ///
  /// With the Gram matrices `PᵀP = RₚᵀRₚ` and `CᵀC = RᵪᵀRᵪ` and the singular values of `Rₚ Rᵪᵀ = U Σ Vᵀ`, the towers
  /// are `P (Rᵪᵀ V Σ^-½)` and `C (Rₚᵀ U Σ^-½)`: nothing is inverted, and members that repeat one another do no harm.
  /// Gram matrices square the condition, so directions below 1e-6 of the greatest are lost; in float32 they are
  /// rounding.
  package func compressed(to dimension: Int, threads: Int) -> (model: Model, singularValues: [Double]) {
    let factors = [queries, candidates].map { PivotedCholesky($0.gramMatrix(threads: threads)).factor }
    let transposed = factors.map { $0.transposed() }
    let found = SingularValues(
      of: .transposedProduct(transposed[0], transposed[1], threads: threads), threads: threads)
    func table(_ side: SideBySide, _ factor: DenseMatrix, _ vectors: DenseMatrix) -> Matrix {
      let chosen = DenseMatrix(rows: vectors.columns, columns: dimension)
      for column in 0..<min(dimension, vectors.rows) {
        let scale = 1 / found.values[column].squareRoot()
        for row in 0..<vectors.columns { chosen[row, column] = scale * vectors[column, row] }
      }
      return side.times(.transposedProduct(factor, chosen, threads: threads), threads: threads)
    }
    let model = Model(
      vocabularies: vocabularies, queries: table(queries, factors[1], found.right),
      candidates: table(candidates, factors[0], found.left))
    return (model, found.values)
  }
}
