import Kernels
import LinearAlgebra
import Tables

/// The values that rows of a batch have by their features, by column and within it by row: one order of every sum,
/// whatever the threads.
struct ValuesOfRows: Sendable {
  /// A value of a row of a batch.
  struct Value: Sendable {
    let column: Int32
    /// The place in the batch.
    let row: Int32
    let weight: Float
  }

  private let values: [Value]
  /// The values of each column that some row has.
  private let ranges: [Range<Int>]

  /// - Parameters:
  ///   - encoding: a row for each value of the vocabulary; the unknown has no features.
  ///   - isWanted: `false` for columns that have no vectors.
  init(_ rows: [EmbeddingRow], of encoding: SparseMatrix, where isWanted: (Int32) -> Bool = { _ in true }) {
    var values: [Value] = []
    var keys: [UInt64] = []
    for (number, row) in rows.enumerated() {
      guard let place = row.place else { continue }
      for element in encoding.starts[place]..<encoding.starts[place + 1] where isWanted(encoding.columns[element]) {
        keys.append(UInt64(encoding.columns[element]) << 32 | UInt64(values.count))
        values.append(
          Value(column: encoding.columns[element], row: Int32(number), weight: encoding.values?[element] ?? 1))
      }
    }
    keys.sort()
    let sorted = keys.map { values[Int($0 & 0xffff_ffff)] }
    let starts = sorted.indices.filter { $0 == 0 || sorted[$0].column != sorted[$0 - 1].column }
    self.values = sorted
    ranges = zip(starts, starts.dropFirst() + [sorted.count]).map { $0..<$1 }
  }

  /// The gradients of the vectors of all columns that some row has.
  ///
  /// - Parameters:
  ///   - columns: length of a vector.
  ///   - occurrences: how often the batch has each row.
  ///   - add: adds a value's part to a row of the gradients.
  func gradients(
    columns: Int, occurrences: [Float], threads: Int, add: @Sendable (Value, _ gradients: Matrix, _ row: Int) -> Void
  ) -> ParameterGradients {
    let matrix = Matrix(rows: ranges.count, columns: columns)
    parallelRows(ranges.count, threads: threads) { row in
      for value in values[ranges[row]] { add(value, matrix, row) }
    }
    return ParameterGradients(
      rows: ranges.map { EmbeddingRow(index: values[$0.lowerBound].column) },
      occurrences: ranges.map { values[$0].reduce(0) { $0 + occurrences[Int($1.row)] } }, matrix: matrix)
  }
}
