package import Kernels
import ParallelLoops

/// An inverted-file index with product quantisation and exact reordering, as ScaNN's (Guo et al., ICML 2020).
///
/// K-means partitions candidates into leaves. A search scans the 4-bit product codes of the residuals in the leaves
/// nearest to the query by table look-ups, and scores the best candidates exactly. All of it happens in coordinates in
/// which k-means and quantisation minimise the error of scores (`ScoreSpace`).
///
/// `⟨q, x⟩ = ⟨q, centroid⟩ + ⟨q, residual⟩`, so one table serves all leaves of a query. Scores are exact; which
/// candidates are found is approximate. Scans of codes are bound by table look-ups (byte shuffles), reordering by
/// memory latency.
package struct ApproximateIndex: NearestNeighbourIndex {
  let geometry: Geometry
  let leaves: Leaves
  /// Root mean square distance of each group's candidates from its parent.
  let parentSpreads: Storage<Float>
  let vectors: VectorTable
  let tuned: SearchParameters
  let queryMap: PackedRows
  let scratchPool = ScratchPool()

  package var parameters: SearchParameters? { tuned }
  package var count: Int { leaves.positions.count }
  package var dimension: Int { geometry.dimension }
  package var leafCount: Int { geometry.tree.leafCount }
  /// The number of subspaces of the codes, 4 bits each.
  package var subspaces: Int { geometry.quantizer.subspaces }
  /// Precision of the stored vectors.
  package var precision: VectorPrecision { vectors.precision }
  /// Bytes per candidate: of codes with candidates' numbers and positions, and of vectors.
  package var bytesPerCandidate: (codes: Double, vectors: Double) {
    let candidates = Double(max(count, 1))
    let codes = leaves.codes.count + 4 * (leaves.numbers.count + leaves.positions.count)
    return (Double(codes) / candidates, Double(vectors.size) / candidates)
  }
  package var absent: Int { count - leaves.count }
  package var absentCandidates: [Int] { (0..<count).filter { leaves.positions[$0] >= UInt32(leaves.count) } }

  init(
    geometry: Geometry, leaves: Leaves, parentSpreads: Storage<Float>, vectors: VectorTable,
    parameters: SearchParameters
  ) {
    self.geometry = geometry
    self.leaves = leaves
    self.parentSpreads = parentSpreads
    self.vectors = vectors
    tuned = parameters
    queryMap = PackedRows(geometry.space.queryMap)
  }

  func candidates(ofGroup group: Int) -> Int {
    let leaves = geometry.tree.leaves(of: group)
    return Int(self.leaves.starts[leaves.upperBound] - self.leaves.starts[leaves.lowerBound])
  }

  /// The same index with other parameters for searches that name none.
  package func with(_ parameters: SearchParameters) -> ApproximateIndex {
    ApproximateIndex(
      geometry: geometry, leaves: leaves, parentSpreads: parentSpreads, vectors: vectors, parameters: parameters)
  }

  package func search(
    _ query: [Float], k: Int, filter: CandidateFilter?, parameters: SearchParameters?
  ) -> [Neighbour] {
    precondition(query.count == dimension, "a query of \(query.count) dimensions, the index has \(dimension)")
    let row = Matrix(rows: 1, columns: dimension, values: query)
    var scan = LeafScan(index: self, parameters: parameters ?? tuned, k: k, filter: filter)
    defer { scan.finish() }
    return scan.search(row, row: 0)
  }

  package func search(
    _ queries: Matrix, k: Int, filter: CandidateFilter?, excluding excluded: [[UInt32]], threads: Int
  ) -> [[Neighbour]] {
    guard !excluded.isEmpty else {
      return measured(queries, k: k, filter: filter, threads: threads).lists
    }
    precondition(queries.columns == dimension, "queries of \(queries.columns) dimensions, the index has \(dimension)")
    precondition(excluded.count == queries.rows, "\(excluded.count) lists, \(queries.rows) queries")
    return parallelMap(queries.rows, threads: threads) { row in
      let own = excluded[row].isEmpty ? filter : CandidateFilter(filter, excluding: excluded[row], of: count)
      var scan = LeafScan(index: self, parameters: tuned, k: k, filter: own)
      defer { scan.finish() }
      return scan.search(queries, row: row)
    }
  }

  /// Searches as the batch `search` does, and counts the work.
  package func measured(
    _ queries: Matrix, k: Int, filter: CandidateFilter? = nil, parameters: SearchParameters? = nil, threads: Int
  ) -> (lists: [[Neighbour]], work: SearchWork) {
    precondition(queries.columns == dimension, "queries of \(queries.columns) dimensions, the index has \(dimension)")
    let size = 16
    let parts = parallelMap((queries.rows + size - 1) / size, threads: threads) { block in
      var scan = LeafScan(index: self, parameters: parameters ?? tuned, k: k, filter: filter)
      defer { scan.finish() }
      let lists = (block * size..<min((block + 1) * size, queries.rows)).map { scan.search(queries, row: $0) }
      return (lists: lists, work: scan.work)
    }
    return (Array(parts.map(\.lists).joined()), parts.reduce(SearchWork()) { $0 + $1.work })
  }

  package func copyVector(of candidate: Int, to matrix: Matrix, row: Int) {
    let position = Int(leaves.positions[candidate])
    if position < leaves.count {
      vectors.copy(position, to: matrix, row: row)
    } else {
      matrix.zero(row: row)
    }
  }

  package func forEachTile(
    _ query: Matrix, width: Int, _ body: (_ scores: AlignedFloats, _ candidates: [UInt32]) -> Void
  ) {
    let scores = AlignedFloats(uninitialised: width)
    for start in stride(from: 0, to: leaves.count, by: width) {
      let positions = (start..<min(start + width, leaves.count)).map { UInt32($0) }
      unsafe positions.withUnsafeBufferPointer {
        unsafe vectors.score(query.pointer(row: 0), positions: $0, into: scores.pointer)
      }
      body(scores, positions.map { leaves.numbers[Int($0)] })
    }
  }

  package func matrix(after first: Int) -> Matrix {
    let matrix = Matrix(rows: first + count, columns: dimension)
    for candidate in 0..<count where leaves.positions[candidate] < UInt32(leaves.count) {
      vectors.copy(Int(leaves.positions[candidate]), to: matrix, row: first + candidate)
    }
    return matrix
  }
}
