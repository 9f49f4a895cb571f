import Interactions
import Kernels
import Tables

@testable import TwoTower

/// Rows as the naive formulas have them: plain numbers.
extension [Int32] {
  var rows: [EmbeddingRow] { map { EmbeddingRow(index: $0) } }
}

extension Batch {
  init(
    queries: [Int32], candidates: [Int32], weights: [Float]? = nil, negatives: [Int32] = [],
    catalog: Range<EmbeddingRow>? = nil
  ) {
    self.init(
      queries: queries.rows, candidates: candidates.rows, weights: weights, negatives: negatives.rows, catalog: catalog)
  }
}

extension TrainingPairs {
  init(queries: [Int32], candidates: [Int32], weights: [Float]? = nil) {
    self.init(queries: queries.rows, candidates: candidates.rows, weights: weights)
  }
}

extension Trainer {
  convenience init(_ model: Model, queries: [Int32], candidates: [Int32], settings: Settings) {
    self.init(model, pairs: TrainingPairs(queries: queries, candidates: candidates), settings: settings)
  }
}

extension Training {
  /// The first table of a side, as it is trained.
  func table(_ side: TowerSide) -> Matrix { towers[side == .query ? 0 : 1].tower.parameters[0].matrix }
}

extension Model {
  func heldOutLoss(queryRows: [Int32], candidateRows: [Int32], threads: Int) -> Double? {
    heldOutLoss(queryRows: queryRows.rows, candidateRows: candidateRows.rows, threads: threads)
  }
}
