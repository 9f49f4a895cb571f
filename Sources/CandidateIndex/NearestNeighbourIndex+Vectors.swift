package import Kernels
import ParallelLoops

extension NearestNeighbourIndex {
  /// A candidate's vector as it is scored; zeros if no search returns it.
  package func vector(of candidate: Int) -> [Float] {
    unsafe [Float](unsafeUninitializedCapacity: dimension) { buffer, count in
      guard let start = buffer.baseAddress else { return }
      unsafe copyVector(of: candidate, to: start)
      count = dimension
    }
  }

  /// Reciprocal norms of the first `columns` components of each candidate's vector; 0 for a zero vector.
  package func inverseLengths(ofFirst columns: Int, threads: Int = availableProcessors()) -> AlignedFloats {
    let factors = AlignedFloats(max(count, 1))
    let size = 8192
    parallel(blocks: (count + size - 1) / size, threads: threads) { block in
      let row = AlignedFloats(dimension)
      for candidate in block * size..<min((block + 1) * size, count) {
        unsafe copyVector(of: candidate, to: row.pointer)
        let square = unsafe dot(row.pointer, row.pointer, count: columns)
        unsafe factors.pointer[candidate] = square > 0 ? 1 / square.squareRoot() : 0
      }
    }
    return factors
  }

  /// The best `k` candidates by their score times a factor of their own, best first, ties by number: O(`count` ·
  /// `dimension`), whatever the index.
  ///
  /// - Parameters:
  ///   - filter: which candidates may be found; all if nil.
  ///   - factors: one for each candidate.
  package func search(
    _ query: [Float], k: Int, filter: CandidateFilter?, factors: UnsafePointer<Float>
  ) -> [Neighbour] {
    precondition(query.count == dimension, "a query of \(query.count) dimensions; the index has \(dimension)")
    let limit = min(k, filter?.allowed ?? count)
    guard limit > 0, count > 0 else { return [] }
    let width = 4096
    let keys = SharedBuffer<UInt64>(uninitialised: BestCandidates.capacity(limit: limit, tileWidth: width))
    var best = unsafe BestCandidates(limit: limit, buffer: keys.pointer)
    unsafe forEachTile(Matrix(rows: 1, columns: dimension, values: query), width: width) { scores, candidates in
      let (target, threshold) = unsafe (best.room(), best.threshold)
      var found = 0
      // A damaged file may have numbers that no candidate has.
      for (column, candidate) in candidates.enumerated()
      where candidate < count && filter?.allows(Int(candidate)) ?? true {
        let score = unsafe scores[column] * factors[Int(candidate)]
        // Of equal scores the lower number counts, and candidates of an approximate index come in any order.
        guard score >= threshold, score > -.infinity else { continue }
        unsafe target[found] = RankedKey(score, candidate: candidate).bits
        found += 1
      }
      best.took(found)
    }
    best.finish()
    return best.neighbours
  }
}
