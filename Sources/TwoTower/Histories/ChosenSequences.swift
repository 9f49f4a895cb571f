import BasicAlgorithms
package import Tables

/// The choices of each query, in order, and the positions in them: position t of a query stands behind its first t
/// choices, which are its history there. Positions are numbered as the rows of a tower, query after query: row 0 is
/// that of no history at all, and a query of n choices has the n + 1 rows that follow those of the query before.
package struct ChosenSequences: Sendable {
  /// The candidates of query q are `candidates[starts[q]..<starts[q + 1]]`, the oldest first.
  let starts: [Int]
  let candidates: [EmbeddingRow]

  /// - Parameters:
  ///   - queries, candidates: rows of known ones, pair by pair.
  ///   - times: of each pair; of equal times, the later pair is the newer.
  ///   - queryCount: of the vocabulary.
  package init(queries: [EmbeddingRow], candidates: [EmbeddingRow], times: [Double], queryCount: Int) {
    precondition(queries.count == candidates.count && queries.count == times.count, "pairs of \(queries.count) queries")
    let order = times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
    let groups = Grouping(order, count: queryCount) { Int(queries[$0].index) - 1 }
    starts = groups.starts
    self.candidates = groups.elements.map { candidates[$0] }
  }

  var queryCount: Int { starts.count - 1 }
  var rowCount: Int { candidates.count + queryCount + 1 }

  /// The number of choices of a query.
  func length(_ query: Int) -> Int { starts[query + 1] - starts[query] }

  func row(query: Int, position: Int) -> EmbeddingRow { EmbeddingRow(index: 1 + starts[query] + query + position) }

  /// The row behind all choices of a query.
  func lastRow(query: Int) -> EmbeddingRow { row(query: query, position: length(query)) }

  /// The query and the position of a row other than 0.
  func place(_ row: EmbeddingRow) -> (query: Int, position: Int) {
    let number = Int(row.index) - 1
    // The first query whose rows begin behind this one.
    let after = (0..<queryCount).partitioningIndex { starts[$0] + $0 > number }
    return (after - 1, number - starts[after - 1] - (after - 1))
  }

  /// Choice number t of a query, from 0: the one that follows position t.
  func candidate(query: Int, _ choice: Int) -> EmbeddingRow { candidates[starts[query] + choice] }
}
