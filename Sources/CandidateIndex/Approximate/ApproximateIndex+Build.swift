package import Artifacts
package import Kernels
import ParallelLoops
import RandomNumbers
import SystemFiles

extension ApproximateIndex {
  /// The phases of a build, in order.
  package enum BuildPhase: String, Sendable, CaseIterable { case sample, learn, encode, arrange, store }

  /// Settings of a build; the same settings and vectors give the same index.
  package struct Settings: Sendable {
    package var leaves: Int
    package var seed: UInt64 = 42
    package var threads = availableProcessors()
    /// Sampled candidates per leaf, from which centroids are learnt.
    package var sampled = 40
    package var iterations = 10
    /// Number of subspaces, 4 bits each; as many as `loss` asks for if nil.
    package var subspaces: Int?
    /// The share of the residuals' variance that codes may lose, by rate-distortion theory.
    package var loss = 0.01
    /// The weight of a quantisation error parallel to the vector, relative to an orthogonal one (Guo et al., ICML
    /// 2020).
    package var anisotropy: Float = 3
    /// Precision of the stored vectors; scores are of the rounded vectors.
    package var precision = VectorPrecision.float32
    /// Bytes of vectors in memory at once while a source is written; each window takes one reading of the source.
    package var window = 1 << 30
    /// Called as each phase begins.
    package var begins: @Sendable (BuildPhase) -> Void = { _ in }

    package init(leaves: Int) { self.leaves = leaves }

    /// Choices that `SettingsTrial` tries. At about 125 candidates per leaf few are scanned in vain, and the two levels
    /// of centroids cost no more than the scan; half and twice as many are seldom 10 % faster.
    static let candidatesPerLeaf = [62, 125, 250]

    /// The number of leaves for `count` candidates. Beyond ten million it grows with the square root of their number,
    /// as centroids cost memory and time to learn.
    package static func leaves(for count: Int, candidatesPerLeaf: Int = 125) -> Int {
      let most = 10_000_000
      let leaves = max(min(count, most) / max(candidatesPerLeaf, 1), 1)
      return count <= most ? leaves : Int(Double(leaves) * (Double(count) / Double(most)).squareRoot())
    }

    /// The greatest number of rows in a sample, however many leaves there are.
    static let mostSampled = 4_194_304
  }

  /// Builds the index of vectors in memory.
  ///
  /// - Parameters:
  ///   - matrix: the vectors.
  ///   - rows: those of the candidates; candidate 0 is the first. Vectors that are not finite are never found.
  ///   - queries: a sample of some thousands of queries, as rows; all directions count alike if nil.
  package init(
    _ matrix: Matrix, rows: Range<Int>, queries: Matrix? = nil, settings: Settings, parameters: SearchParameters? = nil
  ) {
    self.init(MatrixVectors(matrix, rows: rows), queries: queries, settings: settings, parameters: parameters)
  }

  /// Builds the index of a source, and holds its vectors in memory. Reads the source three times.
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
  /// The index maps its vectors in the file that `writer` writes, published or not.
  ///
  /// - Throws: errors of the source, and `FileError` if the file cannot be written.
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

  /// Builds all but the vectors: reads the source once for the sample and once for the codes.
  private static func build<Source: VectorSource>(
    _ source: Source, queries: Matrix?, settings: Settings
  ) throws(Source.Failure) -> (Geometry, Leaves) {
    precondition(source.count < Int(UInt32.max), "\(source.count) candidates")
    settings.begins(.sample)
    var sample: Matrix? = try sample(source, settings)
    settings.begins(.learn)
    let geometry = Geometry(
      // One zero vector, for an index without candidates.
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

  /// The numbers of finite vectors, as rising ranges.
  private static func finite(_ block: VectorBlock, threads: Int) -> [Range<Int>] {
    let parts = block.parts(of: 16_384)
    let found = parallelMap(parts.count, threads: threads) { part in
      parts[part].numbers.filter { !block.matrix.isFinite(row: block.row(of: $0)) }
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

  /// The finite ones of some vectors drawn at random; nil if there are none.
  private static func sample<Source: VectorSource>(
    _ source: Source, _ settings: Settings
  ) throws(Source.Failure) -> Matrix? {
    let size = min(
      source.count, max(settings.leaves, min(max(settings.leaves * settings.sampled, 65_536), Settings.mostSampled)))
    let sample = try source.gather(drawn(size, of: source.count, seed: settings.seed))
    var kept = 0
    for row in 0..<sample.rows where sample.isFinite(row: row) {
      if kept < row { sample.copy(row: row, of: sample, to: kept) }
      kept += 1
    }
    guard kept > 0 else { return nil }
    return sample.first(kept)
  }

  /// Draws `size` of the numbers below `count`, rising, each set of them equally likely: O(`count`) (Knuth, The Art of
  /// Computer Programming, volume 2, algorithm S).
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
