package import Interactions
package import Kernels
package import Tables

/// One embedding for each row of the vocabulary, as Keras' `Embedding`: a vector is a row of the table.
package struct EmbeddingTower: Tower {
  private let table: ParameterTable

  /// - Parameter table: a row for each of the vocabulary, and row 0 for the unknown; trained in place.
  package init(_ side: TowerSide, _ table: Matrix) {
    self.init(table: ParameterTable("table", rowsOf: side, table))
  }

  private init(table: ParameterTable) { self.table = table }

  package var rowCount: Int { table.matrix.rows }
  package var dimension: Int { table.matrix.columns }
  package var parameters: [ParameterTable] { [table] }

  package func vectors(of rows: [EmbeddingRow], threads: Int) -> Matrix {
    let matrix = Matrix(rows: rows.count, columns: dimension)
    matrix.gather(table.matrix, rows: rows.map(\.index))
    return matrix
  }

  package func pullBack(
    _ gradients: Matrix, of rows: [EmbeddingRow], occurrences: [Float], threads: Int
  ) -> [ParameterGradients] {
    [ParameterGradients(rows: rows, occurrences: occurrences, matrix: gradients)]
  }

  package func with(_ parameters: [Matrix]) -> EmbeddingTower {
    EmbeddingTower(table: table.with(parameters[0]))
  }

  package func allVectors(threads: Int) -> Matrix { table.matrix }
}
