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
  private let dropout: IDDropout?
  /// The step of a training whose rows are without ids; `nil` where all have theirs.
  private let step: Int?

  /// - Parameters:
  ///   - ids: a row for each value of the vocabulary, and row 0 for the unknown; `nil` where features say everything.
  ///   - encoded: the values of the vocabulary.
  ///   - table: a row for each column of the encoding. Both tables are trained in place.
  ///   - dropout: leaves ids out in training; `nil` where all are always there.
  package init(
    _ side: TowerSide, ids: Matrix?, _ encoded: EncodedVocabulary, table: Matrix, dropout: IDDropout? = nil
  ) {
    precondition(ids?.columns ?? table.columns == table.columns && table.rows == encoded.features.width)
    self.init(
      ids: ids.map { ParameterTable("table", rowsOf: side, $0) }, encoded,
      table: ParameterTable("features", rowsOf: encoded.features, table), dropout: dropout, step: nil)
  }

  private init(
    ids: ParameterTable?, _ encoded: EncodedVocabulary, table: ParameterTable, dropout: IDDropout?, step: Int?
  ) {
    self.ids = ids
    self.encoded = encoded
    self.table = table
    self.dropout = dropout
    self.step = step
  }

  package var rowCount: Int { EmbeddingRow.count(vocabulary: encoded.matrix.rowCount) }
  package var dimension: Int { table.matrix.columns }
  package var parameters: [ParameterTable] { (ids.map { [$0] } ?? []) + [table] }

  package func features(isNormalised: Bool) -> FeatureVectors? {
    FeatureVectors(encoded.features, table: table.matrix, isNormalised: isNormalised)
  }

  package func vectors(of rows: [EmbeddingRow], threads: Int) -> Matrix {
    let vectors = Matrix(rows: rows.count, columns: dimension)
    if let ids {
      vectors.gather(ids.matrix, rows: rows.map(\.index))
      for (number, row) in rows.enumerated() where isDropped(row) { vectors.scale(row: number, by: 0) }
    }
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
    return (ids.map { _ in [ofIDs(gradients, rows, occurrences)] } ?? []) + [ofFeatures]
  }

  /// The gradient of an id's row is that of its vector: the memory changes hands when the values' sums are done.
  private func ofIDs(_ gradients: Matrix, _ rows: [EmbeddingRow], _ occurrences: [Float]) -> ParameterGradients {
    let kept = rows.indices.filter { !isDropped(rows[$0]) }
    guard kept.count < rows.count else {
      return ParameterGradients(rows: rows, occurrences: occurrences, matrix: gradients)
    }
    let ofKept = Matrix(rows: kept.count, columns: gradients.columns)
    ofKept.gather(gradients, rows: kept.map { Int32($0) })
    return ParameterGradients(
      rows: kept.map { rows[$0] }, occurrences: kept.map { occurrences[$0] }, matrix: ofKept)
  }

  /// `true` if a row has the vector of its features alone in this step. One without features keeps its id.
  private func isDropped(_ row: EmbeddingRow) -> Bool {
    guard let dropout, let step, let place = row.place,
      encoded.matrix.starts[place] < encoded.matrix.starts[place + 1]
    else { return false }
    return dropout.drops(row, step: step)
  }

  package func with(_ parameters: [Matrix]) -> SumTower {
    SumTower(
      ids: ids?.with(parameters[0]), encoded, table: table.with(parameters[parameters.count - 1]), dropout: dropout,
      step: step)
  }

  package func inTraining(step: Int) -> SumTower {
    SumTower(ids: ids, encoded, table: table, dropout: dropout, step: step)
  }
}
