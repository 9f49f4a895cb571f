import BasicAlgorithms
import Kernels
import RandomNumbers
import Tables

/// Rules that look at times, at queries and at candidates. Of two rows of one time, the one further down is the later.
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
  /// A query keeps at least one row to learn from: with no more than `test` rows it stays whole in train, and if rows
  /// are short after that, it has fewer for validation.
  package static func last(_ test: Int, of interactions: Interactions, validation: Int = 0) throws -> Split {
    var parts = [Part?](repeating: .train, count: interactions.count)
    for rows in try interactions.rowsByQuery(interactions.oldestFirst()) where rows.count > test {
      for row in rows.suffix(test) { parts[row] = .test }
      for row in rows.dropLast(test).dropFirst().suffix(validation) { parts[row] = .validation }
    }
    return Split(parts)
  }

  /// Whole queries, drawn by the seed, are held out: `test` of them, then `validation` of them.
  ///
  /// The history of each, which serving knows, is the share `historyShare` of its rows (rounded, never all): the oldest,
  /// or rows drawn by the seed if there are no times. The other rows are the targets.
  package static func byQuery(
    _ interactions: Interactions, test: Int, validation: Int = 0, historyShare: Double, seed: UInt64
  ) throws -> Split {
    let count = try interactions.text(interactions.roles.query).dictionary.count
    let (held, overflow) = test.addingReportingOverflow(validation)
    guard !overflow, held < count else {
      throw DataError.tooFewQueries(needed: overflow ? .max : held, column: interactions.roles.query, there: count)
    }
    let rowsOfQuery = try interactions.rowsByQuery(serving(interactions, seed: seed))
    var drawing = RandomGenerator(seed: seed, stream: "split queries")
    let drawn = drawing.permutation(count)
    var parts = [Part?](repeating: .train, count: interactions.count)
    for (part, queries) in [(Part.test, drawn.prefix(test)), (.validation, drawn.dropFirst(test).prefix(validation))] {
      for query in queries {
        let rows = rowsOfQuery[query]
        let history = min(Int((Double(rows.count) * historyShare).rounded()), rows.count - 1)
        for row in rows.prefix(history) { parts[row] = .history }
        for row in rows.dropFirst(history) { parts[row] = part }
      }
    }
    return Split(parts)
  }

  /// Whole candidates, drawn by the seed, are held out: `test` of them, then `validation` of them, with all their rows.
  package static func byCandidate(
    _ interactions: Interactions, test: Int, validation: Int = 0, seed: UInt64
  ) throws -> Split {
    let column = try interactions.text(interactions.roles.candidate)
    let count = column.dictionary.count
    let (held, overflow) = test.addingReportingOverflow(validation)
    guard !overflow, held < count else {
      throw DataError.tooFewQueries(
        needed: overflow ? .max : held, column: interactions.roles.candidate, there: count)
    }
    var drawing = RandomGenerator(seed: seed, stream: "split candidates")
    let drawn = drawing.permutation(count)
    var parts = [Part?](repeating: .train, count: count)
    for candidate in drawn.prefix(test) { parts[candidate] = .test }
    for candidate in drawn.dropFirst(test).prefix(validation) { parts[candidate] = .validation }
    return Split(column.codes.map { parts[Int($0)] })
  }

  /// Rows in the order in which they become history.
  private static func serving(_ interactions: Interactions, seed: UInt64) throws -> [Int] {
    guard interactions.roles.timestamp == nil else { return try interactions.oldestFirst() }
    var drawing = RandomGenerator(seed: seed, stream: "split history")
    return drawing.permutation(interactions.count)
  }
}
