package import Kernels
import LinearAlgebra
package import Tables

/// A linear bag over histories: a query's vector is the sum of the embeddings of its history, divided by the square
/// root of their number (the implicit feedback of SVD++, Koren, "Factorization Meets the Neighborhood", KDD 2008), so
/// that its length does not grow with the history and a query without one has the zero vector.
///
/// The embeddings are a table of their own beside the candidate tower's. A query that training never saw needs no
/// parameters: its history is its vector.
///
/// A vector costs `|history| · dimension` multiplications, and its way back the same.
///
/// No program offers it yet: its models need a recipe and a rule of folding in of their own, since that of the softmax
/// is not this sum.
package struct HistoryTower: Tower {
  private let table: ParameterTable
  /// The histories: a row for each of the tower, a column for each of the table, and the weight of each element.
  private let histories: SparseMatrix

  /// - Parameters:
  ///   - histories: rows of the table by row of the tower; an empty one for the unknown.
  ///   - table: a row for each candidate, and row 0 for the unknown; trained in place.
  package init(histories: [[EmbeddingRow]], table: Matrix) {
    var (rows, columns, weights) = ([Int32](), [Int32](), [Float]())
    for (row, history) in histories.enumerated() {
      let weight = 1 / Float(max(history.count, 1)).squareRoot()
      for candidate in history {
        rows.append(Int32(row))
        columns.append(candidate.index)
        weights.append(weight)
      }
    }
    self.histories = SparseMatrix(
      rowCount: histories.count, columnCount: table.rows, rows: rows, columns: columns, values: weights)
    self.table = ParameterTable("history", rowsOf: .candidate, table)
  }

  private init(histories: SparseMatrix, table: ParameterTable) {
    self.histories = histories
    self.table = table
  }

  package var rowCount: Int { histories.rowCount }
  package var dimension: Int { table.matrix.columns }
  package var parameters: [ParameterTable] { [table] }

  package func vectors(of rows: [EmbeddingRow], threads: Int) -> Matrix {
    let vectors = Matrix(rows: rows.count, columns: dimension)
    parallelRows(rows.count, threads: threads) { row in
      let chosen = Int(rows[row].index)
      for place in histories.starts[chosen]..<histories.starts[chosen + 1] {
        vectors.addScaled(row: Int(histories.columns[place]), of: table.matrix, by: weight(place), to: row)
      }
    }
    return vectors
  }

  package func pullBack(
    _ gradients: Matrix, of rows: [EmbeddingRow], occurrences: [Float], threads: Int
  ) -> [ParameterGradients] {
    let (bags, places) = elements(of: rows)
    // By row of the table, and within it by row of the batch: one order of every sum, whatever the threads.
    let byParameter = places.transposed()
    let touched = (0..<byParameter.rowCount).filter { !byParameter.row($0).isEmpty }
    let matrix = Matrix(rows: touched.count, columns: dimension)
    parallelRows(touched.count, threads: threads) { row in
      for place in byParameter.starts[touched[row]]..<byParameter.starts[touched[row] + 1] {
        let bag = Int(byParameter.columns[place])
        matrix.addScaled(row: bag, of: gradients, by: bags[bag], to: row)
      }
    }
    return [
      ParameterGradients(
        rows: touched.map { EmbeddingRow(index: $0) },
        occurrences: touched.map { byParameter.row($0).reduce(0) { $0 + occurrences[Int($1)] } }, matrix: matrix)
    ]
  }

  package func with(_ parameters: [Matrix]) -> HistoryTower {
    HistoryTower(histories: histories, table: table.with(parameters[0]))
  }

  private func weight(_ place: Int) -> Float { histories.values?[place] ?? 1 }

  /// The weight of each bag of a batch, and which rows of the table it holds.
  private func elements(of rows: [EmbeddingRow]) -> (weights: [Float], places: SparseMatrix) {
    var (bags, columns, weights) = ([Int32](), [Int32](), [Float]())
    for (bag, row) in rows.enumerated() {
      let range = histories.starts[Int(row.index)]..<histories.starts[Int(row.index) + 1]
      weights.append(range.isEmpty ? 0 : weight(range.lowerBound))
      for place in range {
        bags.append(Int32(bag))
        columns.append(histories.columns[place])
      }
    }
    return (
      weights,
      SparseMatrix(rowCount: rows.count, columnCount: histories.columnCount, rows: bags, columns: columns)
    )
  }
}
