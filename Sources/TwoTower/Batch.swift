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
  package init(queries queryRows: some Collection<Int32>, candidates candidateRows: some Collection<Int32>) {
    precondition(
      queryRows.count == candidateRows.count, "\(queryRows.count) queries, \(candidateRows.count) candidates")
    count = queryRows.count
    let pairs = zip(queryRows, candidateRows).map { UInt64($0) << 32 | UInt64($1) }.sorted()
    var distinct: [(pair: UInt64, count: Float)] = []
    for pair in pairs {
      if distinct.last?.pair == pair { distinct[distinct.count - 1].count += 1 } else { distinct.append((pair, 1)) }
    }
    let queryNumbers = Self.numbers(distinct.map { Int32(truncatingIfNeeded: $0.pair >> 32) })
    let candidateNumbers = Self.numbers(distinct.map { Int32(truncatingIfNeeded: $0.pair) })
    let order = distinct.indices.sorted {
      (candidateNumbers.of[$0], queryNumbers.of[$0]) < (candidateNumbers.of[$1], queryNumbers.of[$1])
    }
    let counts = distinct.map(\.count)
    queries = Self.side(queryNumbers, partners: candidateNumbers, counts: counts, order: Array(distinct.indices))
    candidates = Self.side(candidateNumbers, partners: queryNumbers, counts: counts, order: order)
  }

  /// Distinct rows in rising order, and which of them each element is.
  private static func numbers(_ rows: [Int32]) -> (rows: [Int32], of: [Int32]) {
    let sorted = rows.sorted()
    var distinct: [Int32] = []
    for row in sorted where distinct.last != row { distinct.append(row) }
    let of = rows.map { row in
      var (low, high) = (0, distinct.count)
      while low < high {
        let middle = (low + high) / 2
        if distinct[middle] < row { low = middle + 1 } else { high = middle }
      }
      return Int32(low)
    }
    return (distinct, of)
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
