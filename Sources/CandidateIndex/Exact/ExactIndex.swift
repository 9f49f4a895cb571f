import Artifacts
import CanonicalJSON
package import Kernels
import ParallelLoops
import SystemFiles

/// Exhaustive search, as TFRS' `BruteForce`: the ground truth that recall is measured against.
///
/// A score is one chain of fused multiply-adds in the order of the dimensions. A query costs O(`count` · `dimension`);
/// single queries are bound by memory bandwidth, of which a prefilter needs a quarter, and batches by fused
/// multiply-adds. A prefilter changes no answer.
package struct ExactIndex: NearestNeighbourIndex {
  let vectors: PackedRows
  let prefilter: BytePanels?
  /// The candidates that can be found; nil if that is all of them.
  let present: CandidateFilter?

  package var count: Int { vectors.rows }
  package var dimension: Int { vectors.columns }
  package var parameters: SearchParameters? { nil }
  package var absent: Int { present.map { count - $0.allowed } ?? 0 }
  package var absentCandidates: [Int] {
    present.map { present in (0..<count).filter { !present.allows($0) } } ?? []
  }

  /// `true` if single queries are filtered by bounds first. The answers are the same.
  package var hasPrefilter: Bool { prefilter != nil }

  /// - Parameter vectors: `count * dimension` floats, candidate after candidate. Those that are not finite are never
  ///   found.
  package init(vectors: [Float], dimension: Int) {
    precondition(dimension > 0 && vectors.count % dimension == 0, "\(vectors.count) floats of \(dimension) dimensions")
    self.init(Matrix(rows: vectors.count / dimension, columns: dimension, values: vectors))
  }

  /// - Parameters:
  ///   - rows: the candidates' rows of the matrix; all if nil.
  ///   - prefiltered: `true` if there is a prefilter; from 20,000 candidates on if nil.
  ///   - removed: candidates that are never found.
  package init(
    _ matrix: Matrix, rows: Range<Int>? = nil, prefiltered: Bool? = nil, removed: [Int] = [], threads: Int = 1
  ) {
    let range = rows ?? 0..<matrix.rows
    let absent = removed + matrix.notFinite(range, threads: threads)
    if absent.isEmpty {
      vectors = PackedRows(matrix, rows: range, threads: threads)
      present = nil
    } else {
      // Zeros replace them, as files have finite numbers only.
      vectors = PackedRows(matrix.zeroing(absent, of: range), threads: threads)
      present = CandidateFilter(excluding: absent, of: range.count)
    }
    let isPrefiltered = prefiltered ?? (vectors.rows >= Prefilter.leastCandidates)
    prefilter = isPrefiltered ? BytePanels(vectors, threads: threads) : nil
  }

  package func search(
    _ query: [Float], k: Int, filter: CandidateFilter?, parameters: SearchParameters?
  ) -> [Neighbour] {
    precondition(query.count == dimension, "a query of \(query.count) dimensions; the index has \(dimension)")
    return search(Matrix(rows: 1, columns: dimension, values: query), k: k, filter: filter, threads: 1)[0]
  }

  /// The most queries that are searched one by one if there is a prefilter: one pass over all vectors for all queries
  /// costs as much as filtering for five or six (1,000,000 x 64, `Benchmarks/serving --batches`).
  private static let few = 4

  package func search(
    _ queries: Matrix, k: Int, filter: CandidateFilter?, excluding excluded: [[UInt32]], threads: Int
  ) -> [[Neighbour]] {
    precondition(queries.columns == dimension, "queries of \(queries.columns) dimensions, the index has \(dimension)")
    precondition(filter.map { $0.count == count } ?? true, "the filter's size is not the index's")
    precondition(excluded.isEmpty || excluded.count == queries.rows, "\(excluded.count) lists, \(queries.rows) queries")
    var filter = present.map { present in filter?.intersection(present) ?? present } ?? filter
    if queries.rows == 1, let list = excluded.first { filter = CandidateFilter(filter, excluding: list, of: count) }
    let k = min(max(k, 0), filter?.allowed ?? count)
    let single = SingleScan(vectors: vectors, prefilter: prefilter, filter: filter)
    if queries.rows == 1 { return [single.search(queries, k: k)] }
    if queries.rows <= Self.few, prefilter != nil, excluded.isEmpty {
      return parallelMap(queries.rows, threads: threads) { row in
        single.search(Matrix(rows: 1, columns: dimension, values: queries.row(row)), k: k)
      }
    }
    let scan = BatchScan(vectors: vectors, filter: filter, excluded: excluded)
    let rows = BatchScan.rows(queries.rows, columns: dimension, threads: threads)
    let lists = parallelMap((queries.rows + rows - 1) / rows, threads: threads) { block in
      scan.search(block * rows..<min((block + 1) * rows, queries.rows), of: queries, k: k)
    }
    return Array(lists.joined())
  }

  package func copyVector(of candidate: Int, to matrix: Matrix, row: Int) {
    vectors.copy(candidate, to: matrix, row: row)
  }

  package func forEachTile(
    _ query: Matrix, width: Int, _ body: (_ scores: AlignedFloats, _ candidates: [UInt32]) -> Void
  ) {
    let scores = AlignedFloats(uninitialised: width)
    for start in stride(from: 0, to: count, by: width) {
      let tile = start..<min(start + width, count)
      Kernels.scores(of: 0..<1, in: query, against: vectors, tile: tile, into: scores, stride: width)
      if let present {
        for candidate in tile where !present.allows(candidate) { scores[candidate - start] = -.infinity }
      }
      body(scores, tile.map { UInt32($0) })
    }
  }

  package func matrix(after first: Int) -> Matrix { vectors.unpacked(after: first) }

  /// - Parameters:
  ///   - vectors: their rows; zeros for candidates that no search returns.
  ///   - present: nil if every candidate can be found.
  init(_ vectors: PackedRows, prefilter: BytePanels?, present: CandidateFilter?) {
    (self.vectors, self.prefilter, self.present) = (vectors, prefilter, present)
  }

  package func updated(
    _ change: CandidateChange, threads: Int
  ) -> (index: any NearestNeighbourIndex, drift: ResidualDrift?) {
    let vectors = Matrix(rows: change.count, columns: dimension)
    let old = matrix()
    for row in 0..<old.rows { vectors.copy(row: row, of: old, to: row) }
    for (row, number) in change.numbers.enumerated() { vectors.copy(row: row, of: change.vectors, to: number) }
    let removed = change.removed.union(absentCandidates).subtracting(change.numbers)
    let index = ExactIndex(vectors, prefiltered: hasPrefilter ? true : nil, removed: removed.sorted(), threads: threads)
    return (index, nil)
  }
}
