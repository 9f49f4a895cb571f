import Features
import Interactions
package import Kernels
package import Tables

/// A linear query tower with context: a vector is that of the query, by a tower of its own, and the vectors of the values
/// that its context has, each times its weight (`Feature`). Its rows are queries in contexts.
package struct ContextSumTower: Tower {
  private let base: any Tower
  private let table: ParameterTable
  private let all: QueriesInContext

  /// - Parameters:
  ///   - base: a tower over the query vocabulary that adds vectors, with or without features.
  ///   - table: a row for each column of the contexts' encoding; trained in place.
  package init(_ base: any Tower, _ all: QueriesInContext, table: Matrix) {
    self.init(base, all, ParameterTable("context", rowsOfContext: all.features, table))
    precondition(base.layerShape == nil && table.columns == base.dimension && table.rows == all.features.width)
  }

  private init(_ base: any Tower, _ all: QueriesInContext, _ table: ParameterTable) {
    self.base = base
    self.all = all
    self.table = table
  }

  package var rowCount: Int { base.rowCount }
  package var dimension: Int { base.dimension }
  package var parameters: [ParameterTable] { base.parameters + [table] }
  package var queriesInContext: QueriesInContext? { all }

  package func with(_ parameters: [Matrix]) -> ContextSumTower {
    ContextSumTower(
      base.with(Array(parameters.dropLast())), all, table.with(parameters[parameters.count - 1]))
  }

  package func features(isNormalised: Bool) -> FeatureVectors? { base.features(isNormalised: isNormalised) }

  package func contexts(isNormalised: Bool, threads: Int) -> ContextVectors? {
    ContextVectors(
      all.features, table: table.matrix, inputs: base.vocabularyVectors(threads: threads), isNormalised: isNormalised)
  }

  package func vocabularyVectors(threads: Int) -> Matrix { base.vocabularyVectors(threads: threads) }

  package func allVectors(threads: Int) -> Matrix { base.allVectors(threads: threads) }

  package func vectors(of rows: [EmbeddingRow], threads: Int) -> Matrix {
    let runs = QueryRuns(rows, of: all)
    let vectors = Matrix(rows: rows.count, columns: dimension)
    vectors.gather(base.vectors(of: runs.queries, threads: threads), rows: runs.places)
    parallelRows(rows.count, threads: threads) { row in
      vectors.addRows(of: table.matrix, all.encoding, all.context(rows[row]), to: row)
    }
    return vectors
  }

  package func pullBack(
    _ gradients: Matrix, of rows: [EmbeddingRow], occurrences: [Float], threads: Int
  ) -> [ParameterGradients] {
    let runs = QueryRuns(rows, of: all)
    let ofContexts = ValuesOfRows(runs.contexts, of: all.encoding).gradients(
      columns: dimension, occurrences: occurrences, threads: threads
    ) { value, sums, row in
      sums.addScaled(row: Int(value.row), of: gradients, by: value.weight, to: row)
    }
    let (ofQueries, counts) = runs.sums(gradients, occurrences, threads: threads)
    return base.pullBack(ofQueries, of: runs.queries, occurrences: counts, threads: threads) + [ofContexts]
  }
}
