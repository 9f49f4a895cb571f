import Kernels

extension ApproximateIndex {
  /// How the index is built.
  public struct Settings: Sendable {
    public var leaves: Int
    public var seed: UInt64 = 42
    public var threads = availableProcessors()
    /// Candidates a leaf that centroids are learnt from.
    public var sampled = 40
    public var iterations = 10
    /// Subspaces of 4 bits; as many as `loss` asks for if nil.
    public var subspaces: Int?
    /// The share of residuals' variance that codes may lose, in theory.
    public var loss = 0.01
    /// How much more an error of codes along the vector counts than one across it.
    public var anisotropy: Float = 3

    public init(leaves: Int) { self.leaves = leaves }

    /// Some 125 candidates a leaf: what is scanned beside the nearest candidates is little then, and the two levels of
    /// centroids cost no more than the scan.
    public static func leaves(for count: Int) -> Int { max(1, count / 125) }
  }

  /// - Parameters:
  ///   - matrix: the vectors.
  ///   - rows: of the candidates; candidate 0 is the first. Those that are not finite are never found.
  ///   - queries: what will be asked, some thousands of rows; all directions alike if nil.
  package init(
    _ matrix: Matrix, rows: Range<Int>, queries: Matrix? = nil, settings: Settings, effort: Effort? = nil
  ) {
    precondition(rows.upperBound <= matrix.rows && rows.count < Int(UInt32.max), "rows \(rows) of \(matrix.rows)")
    let finite = Self.finite(matrix, rows, threads: settings.threads)
    let geometry = Geometry(
      sample: Self.sample(matrix, finite.map { rows.lowerBound + Int($0) }, settings), queries: queries,
      settings: settings)
    let encoded = EncodedRows(count: finite.count, subspaces: geometry.quantizer.subspaces)
    let encoder = Encoder(geometry)
    var place = 0
    for run in Self.runs(finite) {
      encoder.encode(
        matrix, rows: rows.lowerBound + run.lowerBound..<rows.lowerBound + run.upperBound, into: encoded, at: place,
        threads: settings.threads)
      place += run.count
    }
    let leaves = Leaves(
      encoded, candidates: finite, of: rows.count, leafCount: geometry.tree.leafCount,
      subspaces: geometry.quantizer.subspaces, threads: settings.threads)
    self.init(
      geometry: geometry, leaves: leaves, parentSpreads: Storage(copying: leaves.parentSpreads(geometry.tree)),
      vectors: VectorTable(
        matrix, rows: leaves.numbers.values.map { rows.lowerBound + Int($0) }, threads: settings.threads),
      effort: effort ?? Effort(reach: 3, reordered: min(400, max(rows.count, 1))))
  }

  /// The numbers of candidates whose vectors have finite elements only, rising.
  private static func finite(_ matrix: Matrix, _ rows: Range<Int>, threads: Int) -> [UInt32] {
    let size = 16_384
    let parts = parallelMap((rows.count + size - 1) / size, threads: threads) { block in
      (block * size..<min((block + 1) * size, rows.count)).compactMap { candidate -> UInt32? in
        let row = matrix.pointer(row: rows.lowerBound + candidate)
        // Zero times anything finite is zero.
        var zero: Float = 0
        for column in 0..<matrix.columns { zero += row[column] * 0 }
        return zero == 0 ? UInt32(candidate) : nil
      }
    }
    return Array(parts.joined())
  }

  /// Numbers as stretches without gaps.
  private static func runs(_ numbers: [UInt32]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var start = 0
    for place in numbers.indices where place + 1 == numbers.count || numbers[place + 1] != numbers[place] + 1 {
      runs.append(Int(numbers[start])..<Int(numbers[place]) + 1)
      start = place + 1
    }
    return runs
  }

  private static func sample(_ matrix: Matrix, _ rows: [Int], _ settings: Settings) -> Matrix {
    // One zero, for an index that has nothing in it.
    guard !rows.isEmpty else { return Matrix(rows: 1, columns: matrix.columns) }
    var random = RandomGenerator(seed: settings.seed, stream: "index sample")
    let size = min(rows.count, max(settings.leaves * settings.sampled, 65_536))
    let chosen = size == rows.count ? rows : random.permutation(rows.count).prefix(size).sorted().map { rows[$0] }
    let sample = Matrix(rows: size, columns: matrix.columns)
    sample.gather(matrix, rows: chosen.map { Int32($0) })
    return sample
  }
}
