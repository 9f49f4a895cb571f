// `Neighbour`, `CandidateFilter`, `SearchParameters` and `VectorCounts` are part of this library's interface.
@_exported import CandidateIndex
import Kernels
import ParallelLoops

/// Finds the candidates nearest to a query, by inner product, cosine or Euclidean distance: the index of this library
/// for programs that have vectors and need no pipeline.
///
/// Immutable, and safe to search from any number of threads. See Docs/how-to/use-the-index-as-a-library.md.
public struct VectorIndex: Sendable {
  /// The greatest dimension of the caller's vectors.
  public static let greatestDimension = 4096
  public static let mostCandidates = Int(Int32.max) - 1

  let index: any NearestNeighbourIndex
  let map: SimilarityMap
  /// Counts of irregular vectors (zero, not finite, duplicate); nil in files of the stage `index`, which has them in
  /// its summary.
  public let counts: VectorCounts?
  /// The measured recall of an approximate index; nil if the index is exact, and in files of the stage `index`, which
  /// has it in its summary.
  public let recall: MeasuredRecall?

  init(index: any NearestNeighbourIndex, map: SimilarityMap, counts: VectorCounts?, recall: MeasuredRecall?) {
    self.index = index
    self.map = map
    self.counts = counts
    self.recall = recall
  }

  public var similarity: Similarity { map.similarity }
  /// The number of candidates, including those that no search returns.
  public var count: Int { index.count }
  public var dimension: Int { map.dimension }
  /// `true` if results equal those of an exhaustive search.
  public var isExact: Bool { index.isExact }
  /// The number of candidates that no search returns: removed, or of vectors that are not finite.
  public var absent: Int { index.absent }

  /// The best `k` candidates, best first, ties by number; fewer if fewer can be found.
  ///
  /// - Parameters:
  ///   - query: `dimension` floats; one that is not finite finds nothing.
  ///   - filter: which candidates may be found, made for `count` of them; all if nil.
  ///   - parameters: how far an approximate search looks; as the index was tuned if nil.
  /// - Throws: `VectorIndexError` if the dimension of the query or the size of the filter is not that of the index.
  public func search(
    _ query: [Float], k: Int, filter: CandidateFilter? = nil, parameters: SearchParameters? = nil
  ) throws(VectorIndexError) -> [Neighbour] {
    guard query.count == dimension else { throw .query(dimension: query.count, expected: dimension) }
    try check(filter)
    let asked = map.queries(query, threads: 1)
    let found = index.search(asked.row(0), k: k, filter: filter, parameters: parameters)
    return map.list(found, for: asked, row: 0)
  }

  /// Searches for many queries at once, which is faster than one by one.
  ///
  /// - Parameters:
  ///   - queries: contiguous rows of `dimension` floats.
  ///   - threads: all processors if nil.
  /// - Returns: a list for each query.
  public func search(
    queries: [Float], k: Int, filter: CandidateFilter? = nil, threads: Int? = nil
  ) throws(VectorIndexError) -> [[Neighbour]] {
    guard queries.count % dimension == 0 else {
      throw .ragged(what: "queries", floats: queries.count, dimension: dimension)
    }
    try check(filter)
    let threads = max(threads ?? availableProcessors(), 1)
    let asked = map.queries(queries, threads: threads)
    return index.search(asked, k: k, filter: filter, threads: threads).enumerated().map { row, list in
      map.list(list, for: asked, row: row)
    }
  }

  private func check(_ filter: CandidateFilter?) throws(VectorIndexError) {
    if let filter, filter.count != count { throw .filter(count: filter.count, expected: count) }
  }
}
