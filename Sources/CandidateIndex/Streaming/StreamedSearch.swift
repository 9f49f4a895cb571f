package import Kernels

extension VectorSource {
  /// The number of candidates in memory at once.
  private static var searched: Int { 65_536 }

  /// Searches exhaustively in one reading of the vectors, and finds what `ExactIndex` over all of them finds.
  ///
  /// - Parameter queries: rows of `dimension` floats.
  package func search(_ queries: Matrix, k: Int, threads: Int) throws(Failure) -> [[Neighbour]] {
    precondition(
      queries.columns == dimension, "queries of \(queries.columns) dimensions, the vectors have \(dimension)")
    let k = min(max(k, 0), count)
    var lists = [[Neighbour]](repeating: [], count: queries.rows)
    var blocks = try blocks()
    while let block = try blocks.next() {
      for part in block.parts(of: Self.searched) {
        let index = ExactIndex(part.matrix, rows: part.rows, prefiltered: false, threads: threads)
        let found = index.search(queries, k: k, threads: threads)
        for query in lists.indices { lists[query] = Self.merge(lists[query], found[query], from: part.first, most: k) }
      }
    }
    return lists
  }

  /// Merges two lists, best first.
  ///
  /// - Parameter first: the number of candidate 0 of the second list.
  private static func merge(_ left: [Neighbour], _ right: [Neighbour], from first: Int, most: Int) -> [Neighbour] {
    var merged: [Neighbour] = []
    merged.reserveCapacity(min(left.count + right.count, most))
    var (one, other) = (0, 0)
    while merged.count < most, one < left.count || other < right.count {
      // Ties go to the first list, whose candidates have the lower numbers.
      if other == right.count || one < left.count && left[one].score >= right[other].score {
        merged.append(left[one])
        one += 1
      } else {
        merged.append(Neighbour(candidate: first + right[other].candidate, score: right[other].score))
        other += 1
      }
    }
    return merged
  }
}
