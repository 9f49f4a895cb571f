import Kernels
import ParallelLoops

/// Parts candidates into leaves by k-means, scans 4-bit product codes of the residuals in the leaves nearest to a query
/// by table look-ups, and scores the best of them exactly (what ScaNN does; Guo et al., ICML 2020), in coordinates in
/// which the error of scores is what is made small.
///
/// `⟨q, x⟩ = ⟨q, centroid⟩ + ⟨q, residual⟩`, so one table serves all leaves of a query. Scores that come out are
/// exact; what is approximate is which candidates are found.
public struct ApproximateIndex: CandidateIndex {
  let geometry: Geometry
  let leaves: Leaves
  /// How far the candidates of each group lie from its parent.
  let parentSpreads: Storage<Float>
  let vectors: VectorTable
  /// Where a search asks for no other.
  public let effort: Effort
  let queryMap: PackedRows
  let rooms = RoomPool()

  /// The number of candidates, including those that no search returns.
  public var count: Int { leaves.places.count }
  public var dimension: Int { geometry.dimension }
  public var leafCount: Int { geometry.tree.leafCount }
  /// Subspaces of the codes, 4 bits each.
  public var subspaces: Int { geometry.quantizer.subspaces }
  /// What candidates' vectors are kept in.
  public var precision: VectorPrecision { vectors.precision }
  /// Bytes a candidate: of what is scanned with what says where candidates stand, and of the vectors.
  public var bytesPerCandidate: (codes: Double, vectors: Double) {
    let candidates = Double(max(count, 1))
    let codes = leaves.codes.count + 4 * (leaves.numbers.count + leaves.places.count)
    return (Double(codes) / candidates, Double(vectors.size) / candidates)
  }
  /// Candidates that no search finds: removed, or of vectors that are not finite.
  public var absent: Int { count - leaves.count }

  init(
    geometry: Geometry, leaves: Leaves, parentSpreads: Storage<Float>, vectors: VectorTable, effort: Effort
  ) {
    self.geometry = geometry
    self.leaves = leaves
    self.parentSpreads = parentSpreads
    self.vectors = vectors
    self.effort = effort
    queryMap = PackedRows(geometry.space.queryMap)
  }

  func candidates(ofGroup group: Int) -> Int {
    let leaves = geometry.tree.leaves(of: group)
    return Int(self.leaves.starts[leaves.upperBound] - self.leaves.starts[leaves.lowerBound])
  }

  /// The same index, which looks as far as that where a search asks for no other.
  public func with(_ effort: Effort) -> ApproximateIndex {
    ApproximateIndex(
      geometry: geometry, leaves: leaves, parentSpreads: parentSpreads, vectors: vectors, effort: effort)
  }

  public func search(_ query: [Float], k: Int, filter: CandidateFilter?) -> [Neighbour] {
    search(query, k: k, filter: filter, effort: nil)
  }

  /// The best `k` candidates that are found, best first; ties by number. Never fewer than `min(k, allowed)`.
  ///
  /// - Parameters:
  ///   - query: `dimension` floats; one that is not finite finds nothing.
  ///   - filter: which candidates may be found; all if nil.
  ///   - effort: how far to look; as the index was tuned if nil.
  public func search(
    _ query: [Float], k: Int, filter: CandidateFilter?, effort: Effort?
  ) -> [Neighbour] {
    precondition(query.count == dimension, "a query of \(query.count) dimensions, the index has \(dimension)")
    let row = Matrix(rows: 1, columns: dimension, values: query)
    var scan = LeafScan(index: self, effort: effort ?? self.effort, k: k, filter: filter)
    defer { scan.finish() }
    return scan.search(row, row: 0)
  }

  /// Answers many queries on several threads.
  ///
  /// - Parameters:
  ///   - queries: rows of `dimension` floats.
  ///   - excluded: of each query the candidates that it may not find, rising; none of any if empty.
  package func search(
    _ queries: Matrix, k: Int, filter: CandidateFilter? = nil, excluding excluded: [[UInt32]] = [],
    effort: Effort? = nil, threads: Int
  ) -> [[Neighbour]] {
    guard !excluded.isEmpty else {
      return measured(queries, k: k, filter: filter, effort: effort, threads: threads).lists
    }
    precondition(queries.columns == dimension, "queries of \(queries.columns) dimensions, the index has \(dimension)")
    precondition(excluded.count == queries.rows, "\(excluded.count) lists, \(queries.rows) queries")
    return parallelMap(queries.rows, threads: threads) { row in
      let own = excluded[row].isEmpty ? filter : CandidateFilter(filter, excluding: excluded[row], of: count)
      var scan = LeafScan(index: self, effort: effort ?? self.effort, k: k, filter: own)
      defer { scan.finish() }
      return scan.search(queries, row: row)
    }
  }

  /// The same, and what it took.
  package func measured(
    _ queries: Matrix, k: Int, filter: CandidateFilter? = nil, effort: Effort? = nil, threads: Int
  ) -> (lists: [[Neighbour]], work: SearchWork) {
    precondition(queries.columns == dimension, "queries of \(queries.columns) dimensions, the index has \(dimension)")
    let size = 16
    let parts = parallelMap((queries.rows + size - 1) / size, threads: threads) { block in
      var scan = LeafScan(index: self, effort: effort ?? self.effort, k: k, filter: filter)
      defer { scan.finish() }
      let lists = (block * size..<min((block + 1) * size, queries.rows)).map { scan.search(queries, row: $0) }
      return (lists: lists, work: scan.work)
    }
    return (Array(parts.map(\.lists).joined()), parts.reduce(SearchWork()) { $0 + $1.work })
  }
}
