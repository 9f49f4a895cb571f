import Artifacts
package import Tables

/// A training pair: rows of the query and candidate tables.
package struct Pair: Sendable, Equatable, BitwiseCopyable {
  package var query: EmbeddingRow
  package var candidate: EmbeddingRow

  package init(query: EmbeddingRow, candidate: EmbeddingRow) {
    self.query = query
    self.candidate = candidate
  }

  /// Each pair once, by rising rows of the query and then of the candidate.
  package static func distinct(_ pairs: some Sequence<Pair>) -> [Pair] {
    let keys = pairs.map { UInt64($0.query.index) << 32 | UInt64($0.candidate.index) }
    var last: UInt64?
    return keys.sorted().compactMap { key in
      defer { last = key }
      return key == last
        ? nil
        : Pair(query: EmbeddingRow(index: key >> 32), candidate: EmbeddingRow(index: key & 0xffff_ffff))
    }
  }
}

/// The positive pairs of a training, and the weight of each one's loss. 8 bytes a pair and 4 a weight, in memory up
/// to a bound and in a scratch file beyond it.
package struct TrainingPairs: Sendable {
  package let count: Int
  /// All pairs, where they are in memory.
  let resident: [Pair]?
  let residentWeights: [Float]?
  package let isWeighted: Bool
  private let counts: [Int]
  private let spilled: SpilledPairs?

  package init(queries: [EmbeddingRow], candidates: [EmbeddingRow], weights: [Float]? = nil) {
    precondition(queries.count == candidates.count, "\(queries.count) queries, \(candidates.count) candidates")
    precondition(weights.map { $0.count == queries.count } ?? true, "weights for \(queries.count) pairs")
    count = queries.count
    resident = zip(queries, candidates).map { Pair(query: $0, candidate: $1) }
    residentWeights = weights
    isWeighted = weights != nil
    spilled = nil
    var counts = [Int](repeating: 0, count: candidates.max().map { Int($0.index) + 1 } ?? 0)
    for row in candidates { counts[Int(row.index)] += 1 }
    self.counts = counts
  }

  init(_ pairs: [Pair], weights: [Float]?, counts: [Int], after spilled: SpilledPairs?) {
    self.counts = counts
    count = pairs.count + (spilled?.count ?? 0)
    isWeighted = weights != nil
    resident = spilled == nil ? pairs : nil
    residentWeights = spilled == nil ? weights : nil
    self.spilled = spilled?.closed(by: pairs, weights: weights)
  }

  /// All pairs in the order of the data, with their weights, 1 where there are none.
  package func visit(_ body: (Pair, Float) throws -> Void) throws {
    if let spilled { return try spilled.visit(body) }
    for (place, pair) in (resident ?? []).enumerated() { try body(pair, residentWeights?[place] ?? 1) }
  }

  /// The number of pairs of each candidate row.
  package func candidateCounts(rows: Int) -> [Int] {
    precondition(rows >= counts.count, "\(counts.count) candidate rows, and \(rows) in the table")
    return counts + [Int](repeating: 0, count: rows - counts.count)
  }

  /// Number of queries of each candidate row: a pair counts once, however often it is repeated.
  ///
  /// Goes through the pairs once for each `memory` bytes of them, of 8 bytes a pair, and sorts these.
  package func queryCounts(rows: Int, memory: Int) throws -> [Int] {
    let passes = max((count * MemoryLayout<Pair>.size + memory - 1) / max(memory, 1), 1)
    var counts = [Int](repeating: 0, count: rows)
    for pass in 0..<passes {
      var pairs: [Pair] = []
      if passes == 1 { pairs.reserveCapacity(count) }
      try visit { pair, _ in if Int(pair.query.index) % passes == pass { pairs.append(pair) } }
      for pair in Pair.distinct(pairs) { counts[Int(pair.candidate.index)] += 1 }
    }
    return counts
  }

  /// Rows of the query table pair by pair, all at once: 4 bytes a pair.
  package var queries: [EmbeddingRow] {
    get throws { try collect { pair, _ in pair.query } }
  }

  /// Rows of the candidate table, likewise.
  package var candidates: [EmbeddingRow] {
    get throws { try collect { pair, _ in pair.candidate } }
  }

  package var weights: [Float]? {
    get throws { isWeighted ? try collect { $1 } : nil }
  }

  private func collect<Value>(_ value: (Pair, Float) -> Value) throws -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(count)
    try visit { values.append(value($0, $1)) }
    return values
  }
}
