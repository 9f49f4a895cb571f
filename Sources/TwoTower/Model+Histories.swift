package import Interactions
package import Kernels
import Tables

extension Vocabularies {
  /// `true` if queries are candidates that were chosen before (`Interactions.withPrevious`).
  package var isItemToItem: Bool { query.column == Interactions.previousPrefix + candidate.column }
}

extension Model {
  /// A table for each bag of the recipe's history: those of training or, item to item, the vectors that candidates have
  /// as queries.
  package var historyTables: [Matrix] {
    ownHistoryTables.isEmpty ? recipe.history.map { _ in queryVectorsOfCandidates } : ownHistoryTables
  }

  /// The item-to-item model that answers a history by a bag over it.
  ///
  /// - Throws: `TwoTowerError.notItemToItem`.
  package func reading(_ bag: HistoryBag) throws(TwoTowerError) -> Model {
    guard vocabularies.isItemToItem else { throw .notItemToItem(query: vocabularies.query.column) }
    var model = self
    model.recipe.history = [bag]
    return model
  }

  /// The query vector of each candidate, without a bias; row 0 is zero. A candidate that was never a query is folded in
  /// from itself.
  private var queryVectorsOfCandidates: Matrix {
    let table = Matrix(rows: candidates.rows, columns: ownDimension)
    let places = vocabularies.candidate.values.places(in: vocabularies.query.values)
    for (number, place) in places.enumerated() where place >= 0 {
      table.copy(row: Int(QueryNumber(place).row.index), of: queries, to: Int(CandidateNumber(number).row.index))
    }
    let others = places.indices.filter { places[$0] < 0 }.map { CandidateNumber($0) }
    guard !others.isEmpty else { return table }
    var plain = self
    plain.recipe.history = []
    let folded = FoldIn(plain).vectors(for: others.map { [$0] }, threads: 1)
    for (row, candidate) in others.enumerated() {
      table.copy(row: row, of: folded, to: Int(candidate.row.index))
    }
    return table
  }
}
