package import Kernels
import ParallelLoops

extension NearestNeighbourIndex {
  /// A candidate's vector as it is scored; zeros if no search returns it.
  package func vector(of candidate: Int) -> [Float] {
    let vector = Matrix(rows: 1, columns: dimension)
    copyVector(of: candidate, to: vector, row: 0)
    return vector.row(0)
  }

  /// Reciprocal norms of the first `columns` components of each candidate's vector; 0 for a zero vector.
  package func inverseLengths(ofFirst columns: Int, threads: Int = availableProcessors()) -> AlignedFloats {
    let factors = AlignedFloats(max(count, 1))
    let size = 8192
    parallel(blocks: (count + size - 1) / size, threads: threads) { block in
      let row = Matrix(rows: 1, columns: dimension)
      for candidate in block * size..<min((block + 1) * size, count) {
        copyVector(of: candidate, to: row, row: 0)
        let square = unsafe dot(row.storage.pointer, row.storage.pointer, count: columns)
        factors[candidate] = square > 0 ? 1 / square.squareRoot() : 0
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
    _ query: [Float], k: Int, filter: CandidateFilter?, factors: AlignedFloats
  ) -> [Neighbour] {
    precondition(query.count == dimension, "a query of \(query.count) dimensions; the index has \(dimension)")
    let limit = min(k, filter?.allowed ?? count)
    guard limit > 0, count > 0 else { return [] }
    let width = 4096
    let keys = SharedBuffer<UInt64>(uninitialised: BestCandidates.capacity(limit: limit, tileWidth: width))
    var best = unsafe BestCandidates(limit: limit, buffer: keys.pointer)
    forEachTile(Matrix(rows: 1, columns: dimension, values: query), width: width) { scores, candidates in
      let (target, threshold) = unsafe (best.room(), best.threshold)
      var found = 0
      // A damaged file may have numbers that no candidate has.
      for (column, candidate) in candidates.enumerated()
      where candidate < count && filter?.allows(Int(candidate)) ?? true {
        let score = scores[column] * factors[Int(candidate)]
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
