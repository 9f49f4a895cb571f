import BasicAlgorithms

/// A matrix of few elements, row by row (compressed sparse rows): distinct columns in rising order, and a value for
/// each where they are not all 1.
package struct SparseMatrix: Sendable, Equatable {
  package let rowCount: Int
  package let columnCount: Int
  /// Elements of row r: `starts[r]..<starts[r + 1]`.
  package private(set) var starts: [Int]
  package private(set) var columns: [Int32]
  package private(set) var values: [Float]?

  /// - Parameters:
  ///   - rows, columns: of each element, counted from `first`; elements of lower ones are left out.
  ///   - values: of elements named repeatedly the greatest counts; all 1 if not given.
  package init(
    rowCount: Int, columnCount: Int, rows: [Int32], columns: [Int32], values: [Float]? = nil, first: Int32 = 0
  ) {
    precondition(rows.count == columns.count, "\(rows.count) rows, \(columns.count) columns")
    self.init(
      rowCount: rowCount, columnCount: columnCount, count: rows.count, row: { rows[$0] }, column: { columns[$0] },
      values: values, first: first)
  }

  /// The same of elements that lie anywhere.
  ///
  /// - Parameters:
  ///   - count: elements, repeated ones too.
  ///   - row, column: of an element by its number.
  package init(
    rowCount: Int, columnCount: Int, count: Int, row: (Int) -> Int32, column: (Int) -> Int32, values: [Float]? = nil,
    first: Int32 = 0
  ) {
    precondition(values.map { $0.count == count } ?? true, "values for \(count) elements")
    self.rowCount = rowCount
    self.columnCount = columnCount
    // Sorted by column, then stably by row.
    let kept = (0..<Int32(count)).filter { row(Int($0)) >= first && column(Int($0)) >= first }
    let byColumn = Grouping(kept, count: columnCount) { Int(column(Int($0)) - first) }.elements
    let byRow = Grouping(byColumn, count: rowCount) { Int(row(Int($0)) - first) }
    let order = byRow.elements
    starts = byRow.starts
    self.columns = order.map { column(Int($0)) - first }
    self.values = values.map { values in order.map { values[Int($0)] } }
    mergeRepeats()
  }

  /// An element of a row.
  package typealias Element = (column: Int32, value: Float)

  /// A matrix of given rows.
  ///
  /// - Parameter rows: of each, distinct columns in rising order.
  package init(columnCount: Int, rows: [[Element]]) {
    rowCount = rows.count
    self.columnCount = columnCount
    starts = [0]
    starts.reserveCapacity(rows.count + 1)
    let count = rows.reduce(0) { $0 + $1.count }
    (columns, values) = ([], nil)
    columns.reserveCapacity(count)
    var kept: [Float] = []
    kept.reserveCapacity(count)
    for row in rows {
      var last: Int32 = -1
      for (column, value) in row {
        precondition(last < column && column < columnCount, "column \(column) of \(columnCount) after \(last)")
        columns.append(column)
        kept.append(value)
        last = column
      }
      starts.append(columns.count)
    }
    values = kept
  }

  private init(rowCount: Int, columnCount: Int, starts: [Int], columns: [Int32], values: [Float]?) {
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.starts = starts
    self.columns = columns
    self.values = values
  }

  private mutating func mergeRepeats() {
    var (written, start) = (0, 0)
    for row in 0..<rowCount {
      let first = written
      for place in start..<starts[row + 1] {
        if written > first, columns[written - 1] == columns[place] {
          if let value = values?[place], let old = values?[written - 1] { values?[written - 1] = max(value, old) }
        } else {
          columns[written] = columns[place]
          if let value = values?[place] { values?[written] = value }
          written += 1
        }
      }
      start = starts[row + 1]
      starts[row + 1] = written
    }
    columns.removeSubrange(written...)
    values?.removeSubrange(written...)
  }

  package var count: Int { columns.count }

  package func row(_ row: Int) -> ArraySlice<Int32> { columns[starts[row]..<starts[row + 1]] }

  package func transposed() -> SparseMatrix {
    var starts = [Int](repeating: 0, count: columnCount + 1)
    for column in columns { starts[Int(column) + 1] += 1 }
    for column in 0..<columnCount { starts[column + 1] += starts[column] }
    var next = starts
    var rows = [Int32](repeating: 0, count: count)
    var moved = values
    for row in 0..<rowCount {
      for place in self.starts[row]..<self.starts[row + 1] {
        let column = Int(columns[place])
        rows[next[column]] = Int32(row)
        if let value = values?[place] { moved?[next[column]] = value }
        next[column] += 1
      }
    }
    return SparseMatrix(rowCount: columnCount, columnCount: rowCount, starts: starts, columns: rows, values: moved)
  }
}

extension SparseMatrix {
  /// The matrix with each element divided by the square roots of the weights of its row and of its column, as the
  /// adjacency of a bipartite graph is normalised: no singular value is above 1. Elements of weight 0 stay 0.
  package func normalised() -> SparseMatrix {
    let (rows, columns) = (rowWeights, columnWeights)
    var scaled = [Float](repeating: 0, count: count)
    for row in 0..<rowCount {
      for place in starts[row]..<starts[row + 1] {
        let (value, weight) = (Double(values?[place] ?? 1), rows[row] * columns[Int(self.columns[place])])
        scaled[place] = weight > 0 ? Float(value / weight.squareRoot()) : 0
      }
    }
    return SparseMatrix(
      rowCount: rowCount, columnCount: columnCount, starts: starts, columns: self.columns, values: scaled)
  }

  private var columnWeights: [Double] {
    var weights = [Double](repeating: 0, count: columnCount)
    for (place, column) in columns.enumerated() { weights[Int(column)] += values.map { Double($0[place]) } ?? 1 }
    return weights
  }

  /// The rows of more weight than 0.
  package var weightedRows: [Int] { rowWeights.enumerated().filter { $0.element > 0 }.map(\.offset) }

  /// The sum of the values of each row; the number of its elements where there are no values.
  package var rowWeights: [Double] {
    (0..<rowCount).map { row in
      let range = starts[row]..<starts[row + 1]
      return values.map { $0[range].reduce(0) { $0 + Double($1) } } ?? Double(range.count)
    }
  }
}
