import Artifacts
import Kernels
import ParallelLoops
import RandomNumbers
import SystemFiles

extension ApproximateIndex {
  /// What a build does, in order.
  package enum BuildPhase: String, Sendable, CaseIterable { case sample, learn, encode, arrange, store }

  /// How the index is built.
  package struct Settings: Sendable {
    package var leaves: Int
    package var seed: UInt64 = 42
    package var threads = availableProcessors()
    /// Candidates a leaf that centroids are learnt from.
    package var sampled = 40
    package var iterations = 10
    /// Subspaces of 4 bits; as many as `loss` asks for if nil.
    package var subspaces: Int?
    /// The share of residuals' variance that codes may lose, in theory.
    package var loss = 0.01
    /// How much more an error of codes along the vector counts than one across it.
    package var anisotropy: Float = 3
    /// What vectors are kept in; scores are of the vectors as they were rounded.
    package var precision = VectorPrecision.float32
    /// Bytes of vectors that are in memory at once while those of a source are written, each time in one reading of it.
    package var window = 1 << 30
    /// Told what begins, in the order of `BuildPhase`.
    package var begins: @Sendable (BuildPhase) -> Void = { _ in }

    package init(leaves: Int) { self.leaves = leaves }

    /// What is tried. With some 125 candidates a leaf what is scanned beside the nearest candidates is little, and the two
    /// levels of centroids cost no more than the scan; half and twice as many are seldom a tenth better.
    static let candidatesPerLeaf = [62, 125, 250]

    /// Beyond ten million candidates leaves grow as the square root of their number, as their centroids cost memory and
    /// time to learn.
    package static func leaves(for count: Int, candidatesPerLeaf: Int = 125) -> Int {
      let most = 10_000_000
      let leaves = max(min(count, most) / max(candidatesPerLeaf, 1), 1)
      return count <= most ? leaves : Int(Double(leaves) * (Double(count) / Double(most)).squareRoot())
    }

    /// Rows of a sample at most, whatever the leaves.
    static let mostSampled = 4_194_304
  }

  /// - Parameters:
  ///   - matrix: the vectors.
  ///   - rows: of the candidates; candidate 0 is the first. Those that are not finite are never found.
  ///   - queries: what will be asked, some thousands of rows; all directions alike if nil.
  package init(
    _ matrix: Matrix, rows: Range<Int>, queries: Matrix? = nil, settings: Settings, parameters: SearchParameters? = nil
  ) {
    self.init(MatrixVectors(matrix, rows: rows), queries: queries, settings: settings, parameters: parameters)
  }

  /// Reads the vectors from a source, and holds them.
  package init<Source: VectorSource>(
    _ source: Source, queries: Matrix? = nil, settings: Settings, parameters: SearchParameters? = nil
  ) throws(Source.Failure) {
    let (geometry, leaves) = try Self.build(source, queries: queries, settings: settings)
    settings.begins(.store)
    self.init(
      geometry: geometry, leaves: leaves, parentSpreads: Storage(copying: leaves.parentSpreads(geometry.tree)),
      vectors: try VectorTable(source, in: leaves, precision: settings.precision, threads: settings.threads),
      parameters: parameters ?? Self.usual(source.count))
  }

  /// Builds the index of vectors that are not in memory, and writes its sections: the same as those of `init(_:rows:)`.
  /// Memory holds the sample, the codes and a window of vectors.
  ///
  /// The index reads its vectors where they lie in what `writer` writes, published or not. The schema is the index's,
  /// with the parameters that is chosen for it.
  ///
  /// - Throws: what the source throws, and `FileError` for what cannot be written.
  package init(
    _ source: some VectorSource, queries: Matrix? = nil, settings: Settings, into writer: ArtifactWriter
  ) throws {
    let (geometry, leaves) = try Self.build(source, queries: queries, settings: settings)
    settings.begins(.store)
    let parentSpreads = Storage(copying: leaves.parentSpreads(geometry.tree))
    try Self.write(geometry, leaves, parentSpreads, to: writer)
    let vectors = try VectorTable.write(
      source, in: leaves, precision: settings.precision, window: settings.window, threads: settings.threads, to: writer)
    self.init(
      geometry: geometry, leaves: leaves, parentSpreads: parentSpreads, vectors: vectors,
      parameters: Self.usual(source.count))
  }

  private static func usual(_ count: Int) -> SearchParameters {
    SearchParameters(reach: 3, reordered: min(400, max(count, 1)))
  }

  /// All but the vectors: one reading for the sample, one for the codes.
  private static func build<Source: VectorSource>(
    _ source: Source, queries: Matrix?, settings: Settings
  ) throws(Source.Failure) -> (Geometry, Leaves) {
    precondition(source.count < Int(UInt32.max), "\(source.count) candidates")
    settings.begins(.sample)
    var sample: Matrix? = try sample(source, settings)
    settings.begins(.learn)
    let geometry = Geometry(
      // One zero, for an index that has nothing in it.
      sample: sample ?? Matrix(rows: 1, columns: source.dimension), queries: queries, settings: settings)
    sample = nil
    settings.begins(.encode)
    let (encoder, encoded) = (
      Encoder(geometry), EncodedRows(count: source.count, subspaces: geometry.quantizer.subspaces)
    )
    var candidates: [UInt32] = []
    candidates.reserveCapacity(source.count)
    var blocks = try source.blocks()
    while let block = try blocks.next() {
      for run in finite(block, threads: settings.threads) {
        let rows =
          block.rows.lowerBound - block.first + run.lowerBound..<block.rows.lowerBound - block.first + run.upperBound
        encoder.encode(
          block.matrix, rows: rows, into: encoded, at: candidates.count, threads: settings.threads)
        candidates += run.lazy.map { UInt32($0) }
      }
    }
    settings.begins(.arrange)
    return (
      geometry,
      Leaves(
        encoded, candidates: candidates, of: source.count, leafCount: geometry.tree.leafCount,
        subspaces: geometry.quantizer.subspaces, threads: settings.threads)
    )
  }

  /// Numbers of vectors that have finite elements only, as stretches without gaps, rising.
  private static func finite(_ block: VectorBlock, threads: Int) -> [Range<Int>] {
    let parts = block.parts(of: 16_384)
    let found = parallelMap(parts.count, threads: threads) { part in
      parts[part].numbers.filter { !allFinite(block.pointer(number: $0), count: block.matrix.columns) }
    }
    var runs: [Range<Int>] = []
    var start = block.first
    for gap in found.joined() {
      if gap > start { runs.append(start..<gap) }
      start = gap + 1
    }
    if start < block.numbers.upperBound { runs.append(start..<block.numbers.upperBound) }
    return runs
  }

  /// Some finite vectors; nil if there is none among those that were drawn.
  private static func sample<Source: VectorSource>(
    _ source: Source, _ settings: Settings
  ) throws(Source.Failure) -> Matrix? {
    let size = min(
      source.count, max(settings.leaves, min(max(settings.leaves * settings.sampled, 65_536), Settings.mostSampled)))
    let sample = try source.gather(drawn(size, of: source.count, seed: settings.seed))
    var kept = 0
    for row in 0..<sample.rows where sample.isFinite(row: row) {
      if kept < row { sample.pointer(row: kept).update(from: sample.pointer(row: row), count: sample.stride) }
      kept += 1
    }
    guard kept > 0 else { return nil }
    return sample.first(kept)
  }

  /// So many of the numbers below `count`, rising, each set of them equally likely (Knuth, The Art of Computer
  /// Programming, volume 2, algorithm S).
  static func drawn(_ size: Int, of count: Int, seed: UInt64) -> [Int] {
    guard size < count else { return Array(0..<count) }
    var random = RandomGenerator(seed: seed, stream: "index sample")
    var drawn: [Int] = []
    drawn.reserveCapacity(size)
    for number in 0..<count where random.below(UInt64(count - number)) < UInt64(size - drawn.count) {
      drawn.append(number)
    }
    return drawn
  }
}
