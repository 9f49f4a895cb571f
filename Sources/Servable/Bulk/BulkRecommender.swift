package import Artifacts
import CandidateIndex
import CanonicalJSON
import SystemFiles

/// A maker of the lists of many queries: block after block at the speed of the index for many, in memory for one block,
/// each kept in a folder, from which a killed run is resumed.
///
/// The lists depend on the servable, the request and the queries alone, not on threads, on the ranges that the work is
/// divided into, or on how often it was killed.
package struct BulkRecommender: Sendable {
  package let servable: Servable
  let request: BulkRequest
  package let queries: AskedQueries
  let lineage: Lineage
  private let filter: CandidateFilter?
  /// `true` if the model predicts ratings.
  let hasRatings: Bool

  /// - Parameter lineage: of the lists, which finished blocks are known by.
  /// - Throws: `ServableError` for an unknown candidate, field or text in the request.
  package init(
    _ servable: Servable, _ request: BulkRequest, queries: AskedQueries, lineage: Lineage
  ) throws(ServableError) {
    self.servable = servable
    self.request = request
    self.queries = queries
    self.lineage = lineage
    filter = servable.narrowed(
      request.filter == FieldFilter() ? nil : try servable.candidates(allowedBy: request.filter),
      by: try servable.numbers(of: request.excluded))
    hasRatings = servable.ratingColumn != nil
  }

  /// The number of candidates that may be recommended.
  package var allowedCandidates: Int { filter?.allowed ?? servable.candidateCount }

  /// Makes the lists of some of the queries, except those that the folder has.
  ///
  /// - Parameters:
  ///   - range: places among the queries.
  ///   - progress: called with the numbers of finished and of all queries of the range, and of those that an earlier run
  ///     finished.
  /// - Throws: a `FileError`.
  package func lists(
    of range: Range<Int>, in folder: String, threads: Int,
    progress: (_ done: Int, _ of: Int, _ resumed: Int) -> Void = { _, _, _ in }
  ) throws -> FinishedBlocks {
    let blocks = try FinishedBlocks(
      in: folder, key: lineage.json.text, queries: range, candidates: servable.candidateCount, hasRatings: hasRatings)
    // A block that cannot be read is made again.
    let missing = (0..<blocks.count).filter { !blocks.isThere($0) }
    let resumed = range.count - missing.reduce(0) { $0 + blocks.range(of: $1).count }
    var done = resumed
    progress(done, range.count, resumed)
    for block in missing {
      let queries = blocks.range(of: block)
      try blocks.write(lists(of: queries.map { self.queries[$0] }, threads: threads), as: block)
      done += queries.count
      progress(done, range.count, resumed)
    }
    return blocks
  }

  /// - Parameter places: of queries in the servable.
  private func lists(of places: [Int], threads: Int) throws -> RecommendationBlock {
    let lists = servable.lists(
      of: places, k: request.k, excludeSeen: request.excludeSeen, filter: filter, threads: threads)
    return RecommendationBlock(
      lists, ratings: hasRatings ? try servable.ratings(of: lists, for: places, threads: threads) : [])
  }
}
