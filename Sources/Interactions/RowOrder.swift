import BasicAlgorithms
import Tables

/// Orders of the rows.
extension Interactions {
  /// Rows in the order of their times; of equal times, the row further down is the later. Time O(n log n).
  package func oldestFirst() throws(DataError) -> [Int] {
    let times = try times()
    return times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
  }

  /// The rows of each query, in the order in which they are given. Time O(n).
  func rowsByQuery(_ rows: [Int]) throws(DataError) -> Grouping<Int> {
    let queries = try text(roles.query)
    return Grouping(rows, count: queries.dictionary.count) { Int(queries.codes[$0]) }
  }
}
