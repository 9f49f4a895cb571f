package import Features
package import Interactions
package import Kernels
import LinearAlgebra
package import Tables

/// A linear tower with features: a vector is the row of an id, if ids have rows, and the rows of the values of its
/// features, each times its weight (`Feature`). All ids with a value share its row, so that what is learnt of one helps
/// another.
///
/// A vector costs `(values + 1) · dimension` multiplications, and its way back the same and the sorting of the values.
package struct SumTower: Tower {
  private let ids: ParameterTable?
  private let table: ParameterTable
  /// A row for each value of the vocabulary; the unknown has no features.
  private let encoded: EncodedVocabulary

  /// - Parameters:
  ///   - ids: a row for each value of the vocabulary, and row 0 for the unknown; `nil` where features say everything.
  ///   - encoded: the values of the vocabulary.
  ///   - table: a row for each column of the encoding. Both tables are trained in place.
  package init(_ side: TowerSide, ids: Matrix?, _ encoded: EncodedVocabulary, table: Matrix) {
    precondition(ids?.columns ?? table.columns == table.columns && table.rows == encoded.features.width)
    self.ids = ids.map { ParameterTable("table", rowsOf: side, $0) }
    self.encoded = encoded
    self.table = ParameterTable("features", rowsOf: encoded.features, table)
  }

  private init(ids: ParameterTable?, _ encoded: EncodedVocabulary, table: ParameterTable) {
    self.ids = ids
    self.encoded = encoded
    self.table = table
  }

  package var rowCount: Int { EmbeddingRow.count(vocabulary: encoded.matrix.rowCount) }
  package var dimension: Int { table.matrix.columns }
  package var parameters: [ParameterTable] { (ids.map { [$0] } ?? []) + [table] }

  package func features(isNormalised: Bool) -> FeatureVectors? {
    FeatureVectors(encoded.features, table: table.matrix, isNormalised: isNormalised)
  }

  package func vectors(of rows: [EmbeddingRow], threads: Int) -> Matrix {
    let vectors = Matrix(rows: rows.count, columns: dimension)
    if let ids { vectors.gather(ids.matrix, rows: rows.map(\.index)) }
    parallelRows(rows.count, threads: threads) { row in
      guard let place = rows[row].place else { return }
      vectors.addRows(of: table.matrix, encoded.matrix, place, to: row)
    }
    return vectors
  }

  package func pullBack(
    _ gradients: Matrix, of rows: [EmbeddingRow], occurrences: [Float], threads: Int
  ) -> [ParameterGradients] {
    let ofFeatures = ValuesOfRows(rows, of: encoded.matrix).gradients(
      columns: dimension, occurrences: occurrences, threads: threads
    ) { value, sums, row in
      sums.addScaled(row: Int(value.row), of: gradients, by: value.weight, to: row)
    }
    // The gradient of an id's row is that of its vector: the memory changes hands when the values' sums are done.
    return
      (ids.map { _ in [ParameterGradients(rows: rows, occurrences: occurrences, matrix: gradients)] } ?? [])
      + [ofFeatures]
  }

  package func with(_ parameters: [Matrix]) -> SumTower {
    SumTower(
      ids: ids?.with(parameters[0]), encoded, table: table.with(parameters[parameters.count - 1]))
  }
}
