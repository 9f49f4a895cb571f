import CandidateIndex
import Kernels

extension VectorIndex {
  /// How candidates are searched.
  public enum Kind: Sendable {
    /// Exact below 20,000 candidates, and where a query is expected to take at most 100 µs so; else as `approximate`.
    case automatic
    case exact
    /// To the recall that is asked for; exact where no effort reaches it at less than an exact search costs.
    case approximate
  }

  /// How an index is built.
  public struct Options: Sendable {
    public var kind = Kind.automatic
    /// The share of the exact best k that an approximate index is to find.
    public var targetRecall = 0.95
    /// The length of the lists that the recall is about, 1 to 10,000. Lists of any length can be asked for.
    public var k = 100
    /// Queries that the recall is measured on, and as many that the effort is chosen with.
    public var proofQueries = 500
    /// All processors if nil. The index is the same on any number.
    public var threads: Int?
    public var seed: UInt64 = 42

    public init() {}

    func check() throws(VectorIndexError) {
      guard targetRecall > 0, targetRecall <= 1 else {
        throw .option(name: "targetRecall", value: "\(targetRecall)", allowed: "a share above 0, at most 1")
      }
      guard 1...10_000 ~= k else { throw .option(name: "k", value: "\(k)", allowed: "1 to 10000") }
      guard 1...1_000_000 ~= proofQueries else {
        throw .option(name: "proofQueries", value: "\(proofQueries)", allowed: "1 to 1000000")
      }
      if let threads, threads < 1 { throw .option(name: "threads", value: "\(threads)", allowed: "at least 1") }
    }
  }

  /// Builds an index. Candidate i has the floats from `i * dimension` on; vectors that are not finite are never found, and
  /// neither are, by Euclidean distance, those whose square is beyond a float.
  ///
  /// - Parameters:
  ///   - vectors: contiguous rows of `dimension` floats.
  ///   - queries: some thousands of what will be asked, as rows. An approximate index learns from them in which directions
  ///     queries lie, and its recall is measured on others of them. If nil, candidates stand for queries, which `recall`
  ///     says.
  public init(
    vectors: [Float], dimension: Int, similarity: Similarity = .innerProduct, queries: [Float]? = nil,
    options: Options = Options()
  ) throws(VectorIndexError) {
    guard 1...Self.greatestDimension ~= dimension else { throw .dimension(dimension) }
    guard vectors.count % dimension == 0 else {
      throw .ragged(what: "vectors", floats: vectors.count, dimension: dimension)
    }
    guard vectors.count / dimension <= Self.mostCandidates else {
      throw .tooManyCandidates(vectors.count / dimension)
    }
    if let queries, queries.count % dimension != 0 {
      throw .ragged(what: "queries", floats: queries.count, dimension: dimension)
    }
    try options.check()
    let threads = options.threads ?? availableProcessors()
    let map = SimilarityMap(similarity, dimension: dimension, vectors: vectors)
    let candidates = map.candidates(vectors, threads: threads)
    let exact = ExactIndex(candidates, threads: threads)
    let counts = VectorCounts(candidates, zero: map.zero, threads: threads)
    let isFast = ExactIndex.isFast(count: exact.count, dimension: exact.dimension, k: options.k).0
    let wanted = options.kind == .approximate || options.kind == .automatic && !isFast
    let tuned =
      wanted
      ? TunedIndex(
        candidates, exact: exact, map: map, queries: queries.map { map.queries($0, threads: threads) },
        options: options, threads: threads) : nil
    self.init(
      index: tuned?.index ?? exact, map: map, counts: counts, recall: tuned?.recall)
  }
}

/// An approximate index whose effort reaches a recall.
struct TunedIndex {
  let index: ApproximateIndex
  let recall: MeasuredRecall

  /// Nil where there are too few queries or candidates to measure recall with, or no effort reaches it at less than an
  /// exact search costs.
  ///
  /// - Parameters:
  ///   - candidates: mapped, as are queries.
  ///   - exact: of the same candidates.
  init?(
    _ candidates: Matrix, exact: ExactIndex, map: SimilarityMap, queries: Matrix?, options: VectorIndex.Options,
    threads: Int
  ) {
    guard exact.count - exact.absent > 1 else { return nil }
    let asked = queries ?? map.queries(from: candidates)
    let odd = Set(asked.notFinite(0..<asked.rows, threads: threads)).union(queries == nil ? exact.absentCandidates : [])
    let rows = (0..<asked.rows).filter { !odd.contains($0) }.map { Int32($0) }
    guard rows.count > 2 else { return nil }
    let sample = QuerySample(asked, rows: rows, proof: options.proofQueries, seed: options.seed)
    var settings = ApproximateIndex.Settings(leaves: 1)
    settings.seed = options.seed
    settings.threads = threads
    // A candidate that asks finds itself: lists are one longer, and that one does not count.
    let own = queries == nil ? 1 : 0
    let k = max(min(options.k, exact.count - own), 1)
    let shares = OwnShare(k: k, own: own)
    let trial = SettingsTrial(
      MatrixVectors(candidates), queries: sample, k: k + own, target: shares.withOwn(options.targetRecall),
      settings: settings, leaves: nil, precision: .float32)
    let index = ApproximateIndex(
      candidates, rows: 0..<candidates.rows, queries: sample.asking, settings: trial.settings)
    let tuning = Tuning(index, exact: exact, queries: sample.proving, k: k + own, threads: threads)
    guard let certificate = tuning.certificate(target: shares.withOwn(options.targetRecall)) else { return nil }
    self.index = index.with(certificate.point.parameters)
    recall = MeasuredRecall(
      k: k, target: options.targetRecall, share: shares.without(certificate.point.recall),
      margin: shares.without(margin: certificate.point.margin), queries: certificate.queries,
      source: queries == nil ? .candidates : .queries)
  }
}

/// The share of k that are found, and of k and the one that asked, which is always found.
private struct OwnShare {
  let k: Int
  let own: Int

  func withOwn(_ share: Double) -> Double { (share * Double(k) + Double(own)) / Double(k + own) }

  /// Where the one that asked is not among its own best, as may be by inner product, this is too low rather than too high.
  func without(_ share: Double) -> Double { max((share * Double(k + own) - Double(own)) / Double(k), 0) }

  func without(margin: Double) -> Double { margin * Double(k + own) / Double(k) }
}
