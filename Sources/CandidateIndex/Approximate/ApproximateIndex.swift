import Kernels

/// Parts candidates into leaves by k-means, scans 4-bit product codes of the residuals in the leaves nearest to a query
/// by table look-ups, and scores the best of them exactly (what ScaNN does; Guo et al., ICML 2020).
///
/// `⟨q, x⟩ = ⟨q, centroid⟩ + ⟨q, residual⟩`, so one table serves all leaves of a query. Scores that come out are
/// exact; what is approximate is which candidates are found.
public struct ApproximateIndex: CandidateIndex {
  /// How far a search looks.
  public struct Effort: Sendable, Equatable {
    /// Leaves that are scanned.
    public var probes: Int
    /// Candidates that are scored exactly.
    public var reordered: Int

    public init(probes: Int, reordered: Int) {
      self.probes = probes
      self.reordered = reordered
    }
  }

  /// How the index is built.
  public struct Settings: Sendable {
    public var leaves: Int
    public var seed: UInt64 = 42
    public var threads = availableProcessors()
    /// Candidates a leaf that centroids are learnt from.
    public var sampled = 128
    public var iterations = 10
    /// Dimensions that share a codeword of 4 bits; fewer are more exact and take more bytes.
    public var subspaceWidth: Int?

    public init(leaves: Int) { self.leaves = leaves }

    /// Some 500 candidates a leaf, for as many leaves as are scored in the time that a few of them are scanned.
    public static func leaves(for count: Int) -> Int { max(1, min(count / 400, Int(2 * Double(count).squareRoot()))) }
  }

  let centroids: PackedRows
  let quantizer: ProductQuantizer
  let leaves: Leaves
  /// Where a search asks for no other.
  public let effort: Effort

  public var count: Int { leaves.count }
  public var dimension: Int { centroids.columns }
  public var leafCount: Int { centroids.rows }

  init(centroids: PackedRows, quantizer: ProductQuantizer, leaves: Leaves, effort: Effort) {
    self.centroids = centroids
    self.quantizer = quantizer
    self.leaves = leaves
    self.effort = effort
  }

  /// The same index, which looks as far as that where a search asks for no other.
  package func with(_ effort: Effort) -> ApproximateIndex {
    ApproximateIndex(centroids: centroids, quantizer: quantizer, leaves: leaves, effort: effort)
  }

  /// - Parameters:
  ///   - matrix: finite floats.
  ///   - rows: of the candidates, at least one; candidate 0 is the first.
  package init(_ matrix: Matrix, rows: Range<Int>, settings: Settings, effort: Effort? = nil) {
    precondition(!rows.isEmpty && rows.upperBound <= matrix.rows, "rows \(rows) of \(matrix.rows)")
    let leafCount = min(max(settings.leaves, 1), rows.count)
    var random = RandomGenerator(seed: settings.seed, stream: "index sample")
    let sampleSize = min(rows.count, max(leafCount * settings.sampled, 32_768))
    let chosen =
      sampleSize == rows.count
      ? Array(rows) : random.permutation(rows.count).prefix(sampleSize).sorted().map { rows.lowerBound + $0 }
    let sample = Matrix(rows: sampleSize, columns: matrix.columns)
    sample.gather(matrix, rows: chosen.map { Int32($0) })
    let centroids = KMeans(
      count: leafCount, iterations: settings.iterations, seed: settings.seed, threads: settings.threads
    ).centroids(of: sample)
    let nearest = NearestCentroid(centroids)
    let width = settings.subspaceWidth ?? ProductQuantizer.width(for: matrix.columns)
    let residuals = Self.residuals(of: sample, centroids, nearest, threads: settings.threads)
    let quantizer = ProductQuantizer.train(
      on: residuals, width: width, iterations: settings.iterations, seed: settings.seed, threads: settings.threads)
    let assignment = nearest.assign(matrix, rows: rows, threads: settings.threads)
    self.init(
      centroids: PackedRows(centroids), quantizer: quantizer,
      leaves: Leaves(
        matrix, first: rows.lowerBound, members: Members(of: assignment, count: leafCount), centroids: centroids,
        quantizer: quantizer, threads: settings.threads),
      effort: effort ?? Effort(probes: max(leafCount / 10, 1), reordered: min(1000, rows.count)))
  }

  /// Of at most 65,536 rows of the sample.
  private static func residuals(
    of sample: Matrix, _ centroids: Matrix, _ nearest: NearestCentroid, threads: Int
  ) -> Matrix {
    let step = max(sample.rows / 65_536, 1)
    let rows = stride(from: 0, to: sample.rows, by: step).map { Int32($0) }
    let residuals = Matrix(rows: rows.count, columns: sample.columns)
    residuals.gather(sample, rows: rows)
    for (row, leaf) in nearest.assign(residuals, rows: 0..<rows.count, threads: threads).enumerated() {
      addScaled(
        centroids.pointer(row: Int(leaf)), by: -1, to: residuals.pointer(row: row), count: residuals.stride)
    }
    return residuals
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
    return scan.search(row.pointer(row: 0))
  }

  /// Answers many queries on several threads.
  ///
  /// - Parameter queries: rows of `dimension` floats.
  package func search(
    _ queries: Matrix, k: Int, filter: CandidateFilter? = nil, effort: Effort? = nil, threads: Int
  ) -> [[Neighbour]] {
    precondition(queries.columns == dimension, "queries of \(queries.columns) dimensions, the index has \(dimension)")
    let size = 8
    let lists = parallelMap((queries.rows + size - 1) / size, threads: threads) { block in
      var scan = LeafScan(index: self, effort: effort ?? self.effort, k: k, filter: filter)
      return (block * size..<min((block + 1) * size, queries.rows)).map { scan.search(queries.pointer(row: $0)) }
    }
    return Array(lists.joined())
  }
}
