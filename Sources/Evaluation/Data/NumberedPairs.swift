/// Pairs of a query and a candidate as numbers from 0: those of the vocabularies, and greater ones for other ids.
package struct NumberedPairs: Sendable, Equatable {
  package var queries: [Int32]
  package var candidates: [Int32]

  package init(queries: [Int32], candidates: [Int32]) {
    precondition(queries.count == candidates.count, "\(queries.count) queries, \(candidates.count) candidates")
    self.queries = queries
    self.candidates = candidates
  }

  package var count: Int { queries.count }

  /// One more than the greatest query number; 0 if there are no queries.
  var queryCount: Int { queries.max().map { Int($0) + 1 } ?? 0 }

  /// Each pair once, in no order that means anything.
  package var distinct: Self {
    let keys = queries.indices.map {
      UInt64(UInt32(bitPattern: queries[$0])) << 32 | UInt64(UInt32(bitPattern: candidates[$0]))
    }
    .sorted()
    var pairs = Self(queries: [], candidates: [])
    for (place, key) in keys.enumerated() where place == 0 || keys[place - 1] != key {
      pairs.queries.append(Int32(truncatingIfNeeded: key >> 32))
      pairs.candidates.append(Int32(truncatingIfNeeded: key))
    }
    return pairs
  }

  /// The number of pairs with each candidate; others than `0..<candidateCount` are not counted.
  package func counts(candidateCount: Int) -> [Int32] {
    var counts = [Int32](repeating: 0, count: candidateCount)
    for candidate in candidates where 0..<candidateCount ~= Int(candidate) { counts[Int(candidate)] += 1 }
    return counts
  }

  /// Some pairs, in the order of their places.
  package func selecting(_ places: [Int]) -> Self {
    Self(queries: places.map { queries[$0] }, candidates: places.map { candidates[$0] })
  }

  package static func + (left: Self, right: Self) -> Self {
    Self(queries: left.queries + right.queries, candidates: left.candidates + right.candidates)
  }
}
