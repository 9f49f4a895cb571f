import Kernels
import LinearAlgebra
import Tables

extension SparseMatrix {
  /// The candidates that each query of a model's vocabulary chose. A repeated pair counts once, with the greatest of its
  /// weights; pairs of unknown ones are left out.
  init(chosenIn pairs: TrainingPairs, of model: Model) throws {
    let (rows, columns) = (try pairs.queries, try pairs.candidates)
    self.init(
      rowCount: EmbeddingRow.vocabularyCount(rows: model.queries.rows),
      columnCount: EmbeddingRow.vocabularyCount(rows: model.candidates.rows), count: rows.count,
      row: { rows[$0].index }, column: { columns[$0].index }, values: try pairs.weights,
      first: EmbeddingRow.firstKnown.index)
  }

  /// Writes the bags of some queries, by their numbers, to their rows of a query table.
  func writeSums(of candidates: Matrix, ofQueries queries: [Int], to table: Matrix, threads: Int) {
    let bags = sums(of: candidates, threads: threads)
    for query in queries { table.copy(row: query, of: bags, to: Int(QueryNumber(query).row.index)) }
  }

  /// Calls `body` with the column and the value of each element of a row, by rising columns.
  func forEach(in row: Int, _ body: (_ column: Int, _ value: Float) -> Void) {
    for place in starts[row]..<starts[row + 1] { body(Int(columns[place]), values?[place] ?? 1) }
  }

  /// The product with a matrix: for each row its bag, the sum of the matrix's rows that the elements name, times their
  /// values.
  func sums(of matrix: Matrix, threads: Int) -> Matrix {
    let sums = Matrix(rows: rowCount, columns: matrix.columns)
    addSums(of: matrix, to: sums, threads: threads)
    return sums
  }

  /// Adds the product with a matrix to `target`.
  func addSums(of matrix: Matrix, to target: Matrix, threads: Int) {
    parallelRows(rowCount, threads: threads) { row in
      forEach(in: row) { column, value in
        target.addScaled(row: column, of: matrix, by: value, to: row)
      }
    }
  }

  /// Some rows, in the order that they are named in.
  ///
  /// - Parameter keeps: `true` for the elements that the result has, called row by row and by rising columns.
  func selecting(_ selected: some Sequence<Int>, where keeps: () -> Bool = { true }) -> SparseMatrix {
    var (rows, columns, values) = ([Int32](), [Int32](), [Float]())
    var count = 0
    for row in selected {
      forEach(in: row) { column, value in
        guard keeps() else { return }
        rows.append(Int32(count))
        columns.append(Int32(column))
        values.append(value)
      }
      count += 1
    }
    return SparseMatrix(
      rowCount: count, columnCount: columnCount, rows: rows, columns: columns,
      values: self.values == nil ? nil : values)
  }
}
