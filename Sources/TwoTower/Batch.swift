/// Pairs of a batch, each distinct query, candidate and pair once with how often it occurs.
///
/// In-batch softmax depends on a batch only through these multiplicities, so it costs |queries| × |candidates|
/// scores in place of pairs².
package struct Batch: Sendable {
  /// One side's rows in the tables, their multiplicities, and for each the partners on the other side.
  package struct Side: Sendable {
    package var rows: [Int32] = []
    package var counts: [Float] = []
    /// Partners of row r: `starts[r]..<starts[r + 1]` of the two arrays below.
    package var starts: [Int] = [0]
    package var partners: [Int32] = []
    package var partnerCounts: [Float] = []
  }

  package let queries: Side
  package let candidates: Side
  /// How many pairs, repeats included.
  package let count: Int

  /// - Parameters: rows of the query and candidate tables, pair by pair.
  package init(queries queryRows: [Int32], candidates candidateRows: [Int32]) {
    precondition(
      queryRows.count == candidateRows.count, "\(queryRows.count) queries, \(candidateRows.count) candidates")
    count = queryRows.count
    // Rows are not negative, so pairs sort as whole numbers.
    let pairs = zip(queryRows, candidateRows).map { UInt64($0) << 32 | UInt64($1) }.sorted()
    var distinct: [UInt64] = []
    var counts: [Float] = []
    for pair in pairs {
      if distinct.last == pair {
        counts[counts.count - 1] += 1
      } else {
        distinct.append(pair)
        counts.append(1)
      }
    }
    let byQuery = Array(distinct.indices)
    // The place below a candidate's row keeps equal candidates in the order of queries.
    let byCandidate = distinct.indices.map { distinct[$0] << 32 | UInt64($0) }.sorted().map {
      Int(truncatingIfNeeded: $0 & 0xffff_ffff)
    }
    let queryNumbers = Self.numbers(in: byQuery) { Int32(truncatingIfNeeded: distinct[$0] >> 32) }
    let candidateNumbers = Self.numbers(in: byCandidate) { Int32(truncatingIfNeeded: distinct[$0]) }
    queries = Self.side(queryNumbers, partners: candidateNumbers, counts: counts, order: byQuery)
    candidates = Self.side(candidateNumbers, partners: queryNumbers, counts: counts, order: byCandidate)
  }

  /// Distinct rows in rising order, and which of them each element is.
  ///
  /// - Parameter order: of the elements, by their rows.
  private static func numbers(in order: [Int], row: (Int) -> Int32) -> (rows: [Int32], of: [Int32]) {
    var rows: [Int32] = []
    var of = [Int32](repeating: 0, count: order.count)
    for element in order {
      if rows.last != row(element) { rows.append(row(element)) }
      of[element] = Int32(rows.count - 1)
    }
    return (rows, of)
  }

  private static func side(
    _ own: (rows: [Int32], of: [Int32]), partners: (rows: [Int32], of: [Int32]), counts: [Float], order: [Int]
  ) -> Side {
    var side = Side(rows: own.rows, counts: [Float](repeating: 0, count: own.rows.count))
    side.starts = [Int](repeating: 0, count: own.rows.count + 1)
    for pair in order {
      let row = Int(own.of[pair])
      side.counts[row] += counts[pair]
      side.starts[row + 1] += 1
      side.partners.append(partners.of[pair])
      side.partnerCounts.append(counts[pair])
    }
    for row in 0..<own.rows.count { side.starts[row + 1] += side.starts[row] }
    return side
  }
}
