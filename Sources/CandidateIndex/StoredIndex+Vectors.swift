import Kernels
import ParallelLoops

extension StoredIndex {
  /// A candidate's vector, as it is scored; zeros where it cannot be found.
  package func vector(of candidate: Int) -> [Float] {
    let row = AlignedFloats(dimension)
    copyVector(of: candidate, to: row.pointer)
    return Array(UnsafeBufferPointer(start: row.pointer, count: dimension))
  }

  /// - Parameter target: room for `dimension` floats.
  package func copyVector(of candidate: Int, to target: UnsafeMutablePointer<Float>) {
    switch self {
    case .exact(let index): index.vectors.copy(candidate, to: target)
    case .approximate(let index):
      let place = Int(index.leaves.places[candidate])
      if place < index.leaves.count {
        index.vectors.copy(place, to: target)
      } else {
        target.update(repeating: 0, count: dimension)
      }
    }
  }

  /// Reciprocal norms of the first `columns` components of each candidate's vector; 0 for a zero vector.
  package func inverseLengths(ofFirst columns: Int, threads: Int = availableProcessors()) -> AlignedFloats {
    let factors = AlignedFloats(max(count, 1))
    let size = 8192
    parallel(blocks: (count + size - 1) / size, threads: threads) { block in
      let row = AlignedFloats(dimension)
      for candidate in block * size..<min((block + 1) * size, count) {
        copyVector(of: candidate, to: row.pointer)
        let square = dot(row.pointer, row.pointer, count: columns)
        factors.pointer[candidate] = square > 0 ? 1 / square.squareRoot() : 0
      }
    }
    return factors
  }

  /// The best `k` candidates by their score times a factor of their own, best first, ties by number: a look at every
  /// vector, whatever the index.
  ///
  /// - Parameters:
  ///   - filter: which candidates may be found; all if nil.
  ///   - factors: one for each candidate.
  package func search(
    _ query: [Float], k: Int, filter: CandidateFilter?, factors: UnsafePointer<Float>
  ) -> [Neighbour] {
    precondition(query.count == dimension, "a query of \(query.count) dimensions, the index has \(dimension)")
    let limit = min(k, filter?.allowed ?? count)
    guard limit > 0, count > 0 else { return [] }
    let keys = SharedBuffer<UInt64>(uninitialised: BestCandidates.capacity(limit: limit, tileWidth: Self.tileWidth))
    var best = BestCandidates(limit: limit, buffer: keys.pointer)
    forEachTile(Matrix(rows: 1, columns: dimension, values: query)) { scores, candidates in
      let (target, threshold) = (best.room(), best.threshold)
      var found = 0
      // A damaged file may have numbers that no candidate has.
      for (place, candidate) in candidates.enumerated()
      where candidate < count && filter?.allows(Int(candidate)) ?? true {
        let score = scores[place] * factors[Int(candidate)]
        // Of equal scores the lower number counts, and candidates of an approximate index come in any order.
        guard score >= threshold, score > -.infinity else { continue }
        target[found] = RankedKey(score, candidate: candidate).bits
        found += 1
      }
      best.took(found)
    }
    best.finish()
    return best.neighbours
  }

  private static let tileWidth = 4096

  /// All candidates that can be found, with their scores.
  private func forEachTile(
    _ query: Matrix, _ body: (_ scores: UnsafePointer<Float>, _ candidates: [UInt32]) -> Void
  ) {
    let scores = AlignedFloats(uninitialised: Self.tileWidth)
    switch self {
    case .exact(let index):
      for start in stride(from: 0, to: count, by: Self.tileWidth) {
        let tile = start..<min(start + Self.tileWidth, count)
        Kernels.scores(
          of: 0..<1, in: query, against: index.vectors, tile: tile, into: scores.pointer, stride: Self.tileWidth)
        if let present = index.present {
          for place in tile where !present.allows(place) { scores.pointer[place - start] = -.infinity }
        }
        body(scores.pointer, tile.map { UInt32($0) })
      }
    case .approximate(let index):
      for start in stride(from: 0, to: index.leaves.count, by: Self.tileWidth) {
        let places = (start..<min(start + Self.tileWidth, index.leaves.count)).map { UInt32($0) }
        places.withUnsafeBufferPointer {
          index.vectors.score(query.pointer(row: 0), places: $0, into: scores.pointer)
        }
        body(scores.pointer, places.map { index.leaves.numbers[Int($0)] })
      }
    }
  }
}
