import BasicAlgorithms
import Tables

/// Candidates that a query chose before: the queries of item-to-item recommendation.
extension Interactions {
  package static let previousPrefix = "previous_"

  /// The column that `withPrevious` adds.
  package var previousColumn: String { Self.previousPrefix + roles.candidate }

  /// `true` if the queries of a column are candidates chosen before. The targets of such a
  /// query are the candidates that follow it in the data, and its only seen item is the query itself.
  package func isItemToItem(queryColumn: String) -> Bool { roles.previous == queryColumn }

  /// The interactions with one more text column, named `previous_` and the candidates' column, of the candidates that
  /// the same query chose before.
  ///
  /// A row comes once for each different candidate among the `window` rows of its query just before it in time, the
  /// nearest first; of equal times, the row further down is the later. Rows that come first in their query have none,
  /// and are left out. Rows stay in the order of the data. Time O(n (log n + window)).
  ///
  /// - Returns: how many rows are left out, beside the interactions.
  /// - Throws: `DataError` if there are no times, a column has the name already, or no row has a row before it.
  package func withPrevious(_ window: Int) throws -> (interactions: Interactions, first: Int) {
    if table.column(previousColumn) != nil { throw DataError.columnExists(previousColumn) }
    let candidates = try text(roles.candidate)
    let before = try rowsBefore()
    var rows: [Int] = []
    var sources: [Int] = []
    for row in 0..<count {
      let start = sources.count
      var source = before[row]
      for _ in 0..<window where source >= 0 {
        // Windows are short, and a look through one costs less than a set.
        if !sources[start...].contains(where: { candidates.codes[$0] == candidates.codes[source] }) {
          rows.append(row)
          sources.append(source)
        }
        source = before[source]
      }
    }
    guard !rows.isEmpty else { throw DataError.noPrevious(query: roles.query) }
    var roles = roles
    roles.previous = previousColumn
    let columns = table.selecting(rows).columns + [Column(previousColumn, .text(candidates.selecting(sources)))]
    let first = before.count { $0 < 0 }
    return (Interactions(columns: columns, rows: rows.count, roles: roles), first)
  }

  /// The row of the same query just before each row in time; −1 for the first.
  private func rowsBefore() throws -> [Int] {
    var before = [Int](repeating: -1, count: count)
    for rows in try rowsByQuery(oldestFirst()) {
      for (earlier, row) in zip(rows, rows.dropFirst()) { before[row] = earlier }
    }
    return before
  }
}
