package import Tables

/// Pairs of a batch, each distinct query, candidate and pair once with how often it occurs.
///
/// A sampled softmax depends on a batch only through these multiplicities, so it costs |queries| × |candidates|
/// scores in place of pairs².
package struct Batch: Sendable {
  /// One side's rows in the tables, their multiplicities, and for each the partners on the other side.
  package struct Side: Sendable {
    package var rows: [EmbeddingRow] = []
    package var counts: [Float] = []
    /// Partners of row r: `starts[r]..<starts[r + 1]` of the arrays below.
    package var starts: [Int] = [0]
    package var partners: [Int32] = []
    package var partnerCounts: [Float] = []
    /// The sum of the weights of a pair's occurrences; their number where pairs have no weights.
    package var partnerWeights: [Float] = []
  }

  package let queries: Side
  /// Candidates of the pairs, and further negatives, which have no partners.
  package let candidates: Side
  /// The number of pairs, repeats included.
  package let count: Int

  /// - Parameters:
  ///   - queryRows: rows of the query table, pair by pair; `candidateRows` likewise.
  ///   - weights: of the pairs' losses; 1 each if not given.
  ///   - negatives: rows of further candidates, counted as often as they are named.
  ///   - catalog: rows that are all candidates here; those without pairs are counted 0 times.
  package init(
    queries queryRows: [EmbeddingRow], candidates candidateRows: [EmbeddingRow], weights: [Float]? = nil,
    negatives: [EmbeddingRow] = [], catalog: (any Collection<EmbeddingRow>)? = nil
  ) {
    precondition(
      queryRows.count == candidateRows.count, "\(queryRows.count) queries, \(candidateRows.count) candidates")
    precondition(weights.map { $0.count == queryRows.count } ?? true, "weights for \(queryRows.count) pairs")
    count = queryRows.count
    let (distinct, counts, pairWeights) = Self.distinctPairs(queryRows, candidateRows, weights)
    let byQuery = Array(distinct.indices)
    // The place below a candidate's row keeps equal candidates in the order of queries.
    let byCandidate = distinct.indices.map { distinct[$0] << 32 | UInt64($0) }.sorted().map {
      Int(truncatingIfNeeded: $0 & 0xffff_ffff)
    }
    let queryNumbers = Self.numbers(in: byQuery) { EmbeddingRow(index: distinct[$0] >> 32) }
    var candidateNumbers = Self.numbers(in: byCandidate) { EmbeddingRow(index: distinct[$0] & 0xffff_ffff) }
    if !negatives.isEmpty || catalog != nil {
      Self.widen(&candidateNumbers, with: negatives.sorted(), catalog.map { Array($0) } ?? [])
    }
    queries = Self.side(
      queryNumbers, partners: candidateNumbers, counts: counts, weights: pairWeights, order: byQuery)
    var side = Self.side(
      candidateNumbers, partners: queryNumbers, counts: counts, weights: pairWeights, order: byCandidate)
    var place = 0
    for row in negatives.sorted() {
      while side.rows[place] < row { place += 1 }
      side.counts[place] += 1
    }
    candidates = side
  }

  private static func distinctPairs(
    _ queries: [EmbeddingRow], _ candidates: [EmbeddingRow], _ weights: [Float]?
  ) -> (pairs: [UInt64], counts: [Float], weights: [Float]) {
    var distinct: [UInt64] = []
    var counts: [Float] = []
    // Rows are not negative, so pairs sort as whole numbers.
    let pairs = zip(queries, candidates).map { UInt64($0.index) << 32 | UInt64($1.index) }
    guard let weights else {
      for pair in pairs.sorted() {
        if distinct.last == pair {
          counts[counts.count - 1] += 1
        } else {
          distinct.append(pair)
          counts.append(1)
        }
      }
      return (distinct, counts, counts)
    }
    var sums: [Float] = []
    // Equal pairs in the order of the data, so that their weights are added in one order.
    for place in pairs.indices.sorted(by: { (pairs[$0], $0) < (pairs[$1], $1) }) {
      if distinct.last == pairs[place] {
        counts[counts.count - 1] += 1
        sums[sums.count - 1] += weights[place]
      } else {
        distinct.append(pairs[place])
        counts.append(1)
        sums.append(weights[place])
      }
    }
    return (distinct, counts, sums)
  }

  /// Distinct rows in rising order, and which of them each element is.
  ///
  /// - Parameter order: of the elements, by their rows.
  private static func numbers(in order: [Int], row: (Int) -> EmbeddingRow) -> (rows: [EmbeddingRow], of: [Int32]) {
    var rows: [EmbeddingRow] = []
    var of = [Int32](repeating: 0, count: order.count)
    for element in order {
      if rows.last != row(element) { rows.append(row(element)) }
      of[element] = Int32(rows.count - 1)
    }
    return (rows, of)
  }

  /// Merges further rows into those of the batch.
  private static func widen(
    _ numbers: inout (rows: [EmbeddingRow], of: [Int32]), with sorted: [EmbeddingRow], _ catalog: [EmbeddingRow]
  ) {
    var rows: [EmbeddingRow] = []
    for row in (numbers.rows + sorted + catalog).sorted() where rows.last != row { rows.append(row) }
    var (places, place) = ([Int32](), 0)
    for row in numbers.rows {
      while rows[place] < row { place += 1 }
      places.append(Int32(place))
    }
    numbers = (rows, numbers.of.map { places[Int($0)] })
  }

  private static func side(
    _ own: (rows: [EmbeddingRow], of: [Int32]), partners: (rows: [EmbeddingRow], of: [Int32]), counts: [Float],
    weights: [Float],
    order: [Int]
  ) -> Side {
    var side = Side(rows: own.rows, counts: [Float](repeating: 0, count: own.rows.count))
    side.starts = [Int](repeating: 0, count: own.rows.count + 1)
    for pair in order {
      let row = Int(own.of[pair])
      side.counts[row] += counts[pair]
      side.starts[row + 1] += 1
      side.partners.append(partners.of[pair])
      side.partnerCounts.append(counts[pair])
      side.partnerWeights.append(weights[pair])
    }
    for row in 0..<own.rows.count { side.starts[row + 1] += side.starts[row] }
    return side
  }
}
