import RandomNumbers
import Tables

/// Rules that look at times and at queries. Where two rows are of one time, the one further down is the later.
extension Split {
  /// One moment divides the data: the newest `test` rows judge, the newest `validation` of the others choose.
  package static func byTime(_ interactions: Interactions, test: Int, validation: Int = 0) throws -> Split {
    let newest = try interactions.oldestFirst().reversed()
    try checkSum([test, validation], rows: newest.count)
    var parts = [Part?](repeating: .train, count: newest.count)
    for row in newest.prefix(test) { parts[row] = .test }
    for row in newest.dropFirst(test).prefix(validation) { parts[row] = .validation }
    return Split(parts)
  }

  /// The last `test` rows of each query judge, as many as `validation` before them choose.
  ///
  /// A query keeps at least one row to learn from: with no more than `test` rows it stays whole in train, and what
  /// is short of rows after that is its validation.
  package static func last(_ test: Int, of interactions: Interactions, validation: Int = 0) throws -> Split {
    let oldestFirst = try interactions.oldestFirst()
    let queries = try interactions.text(interactions.roles.query)
    let rowsOfQuery = counts(of: queries)
    var parts = [Part?](repeating: .train, count: oldestFirst.count)
    var seen = [Int](repeating: 0, count: rowsOfQuery.count)
    for row in oldestFirst.reversed() {
      let query = Int(queries.codes[row])
      defer { seen[query] += 1 }
      guard rowsOfQuery[query] > test else { continue }
      if seen[query] < test {
        parts[row] = .test
      } else if seen[query] - test < min(validation, rowsOfQuery[query] - test - 1) {
        parts[row] = .validation
      }
    }
    return Split(parts)
  }

  /// Whole queries, drawn by the seed, are held out: `test` of them, then `validation` of them.
  ///
  /// Of the rows of each, the share `historyShare` (rounded, and never all of them) is what serving knows of the query:
  /// its oldest, or rows drawn by the seed where there are no times. The rest are to be foretold.
  package static func byQuery(
    _ interactions: Interactions, test: Int, validation: Int = 0, historyShare: Double, seed: UInt64
  ) throws -> Split {
    let queries = try interactions.text(interactions.roles.query)
    let rowsOfQuery = counts(of: queries)
    let (held, overflow) = test.addingReportingOverflow(validation)
    guard !overflow, held < rowsOfQuery.count else {
      throw DataError.tooFewQueries(
        wanted: overflow ? .max : held, column: interactions.roles.query, there: rowsOfQuery.count)
    }
    var drawing = RandomGenerator(seed: seed, stream: "split queries")
    let drawn = drawing.permutation(rowsOfQuery.count)
    var partOfQuery = [Part](repeating: .train, count: rowsOfQuery.count)
    for query in drawn.prefix(test) { partOfQuery[query] = .test }
    for query in drawn.dropFirst(test).prefix(validation) { partOfQuery[query] = .validation }

    var historyLeft = rowsOfQuery.map { min(Int((Double($0) * historyShare).rounded()), $0 - 1) }
    var parts = [Part?](repeating: .train, count: queries.codes.count)
    for row in try serving(interactions, seed: seed) {
      let query = Int(queries.codes[row])
      guard partOfQuery[query] != .train else { continue }
      parts[row] = historyLeft[query] > 0 ? .history : partOfQuery[query]
      historyLeft[query] -= 1
    }
    return Split(parts)
  }

  /// Rows in the order in which they become history.
  private static func serving(_ interactions: Interactions, seed: UInt64) throws -> [Int] {
    guard interactions.roles.timestamp == nil else { return try interactions.oldestFirst() }
    var drawing = RandomGenerator(seed: seed, stream: "split history")
    return drawing.permutation(interactions.count)
  }

  private static func counts(of column: TextColumn) -> [Int] {
    var counts = [Int](repeating: 0, count: column.dictionary.count)
    for code in column.codes { counts[Int(code)] += 1 }
    return counts
  }
}
