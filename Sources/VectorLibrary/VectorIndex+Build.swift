import CandidateIndex
import Kernels
import ParallelLoops

extension VectorIndex {
  /// The kind of an index.
  public enum Kind: Sendable {
    /// Builds an exact index below 20,000 candidates and if a query is estimated to take at most 100 µs; otherwise as
    /// `approximate`.
    case automatic
    case exact
    /// Approximate to the target recall; exact if no search parameters reach it at less than an exhaustive search
    /// costs.
    case approximate
  }

  /// Options of a build.
  public struct Options: Sendable {
    public var kind = Kind.automatic
    /// The recall of an approximate index: the share of the exact best k that it must find.
    public var targetRecall = 0.95
    /// The length of the lists on which recall is measured, 1 to 10,000. Searches may ask for lists of any length.
    public var k = 100
    /// The number of queries that recall is measured on, and of others that the search parameters are chosen with.
    public var proofQueries = 500
    /// The number of threads; all processors if nil. The index is the same on any number.
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

    func recipe(threads: Int) -> IndexRecipe {
      var recipe = IndexRecipe()
      recipe.kind =
        switch kind {
        case .automatic: .auto
        case .exact: .exact
        case .approximate: .approximate
        }
      (recipe.targetRecall, recipe.k, recipe.proofQueries) = (targetRecall, k, proofQueries)
      (recipe.precision, recipe.seed, recipe.threads) = (.float32, seed, threads)
      return recipe
    }
  }

  /// Builds an index. Candidate i has the floats from `i * dimension` on. Vectors that are not finite are never found,
  /// nor, by Euclidean distance, those whose square overflows a float.
  ///
  /// - Parameters:
  ///   - vectors: contiguous rows of `dimension` floats.
  ///   - queries: some thousands of real queries, as contiguous rows. An approximate index learns its space from some
  ///     of them, and its recall is measured on others. If nil, candidates stand for queries, as `recall.source` says.
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
    let recipe = options.recipe(threads: threads)
    let tuned =
      recipe.reasonForExact(count: exact.count, dimension: exact.dimension) == nil
      ? MeasuredIndex(
        candidates, exact: exact, map: map, queries: queries.map { map.queries($0, threads: threads) }, recipe: recipe)
      : nil
    self.init(
      index: tuned?.index ?? exact, map: map, counts: counts, recall: tuned?.recall)
  }
}

/// An approximate index with the recall that it was measured to have.
private struct MeasuredIndex {
  let index: ApproximateIndex
  let recall: MeasuredRecall

  /// Nil if there are too few queries or candidates to measure recall with, or no search parameters reach it at less
  /// than an exhaustive search costs.
  ///
  /// - Parameters:
  ///   - candidates: mapped, as are queries.
  ///   - exact: of the same candidates.
  ///   - queries: candidates stand for them if nil.
  init?(_ candidates: Matrix, exact: ExactIndex, map: SimilarityMap, queries: Matrix?, recipe: IndexRecipe) {
    guard exact.count - exact.absent > 1 else { return nil }
    let asked = queries ?? map.queries(from: candidates)
    let excluded = Set(asked.notFinite(0..<asked.rows, threads: recipe.threads))
      .union(queries == nil ? exact.absentCandidates : [])
    let rows = (0..<asked.rows).filter { !excluded.contains($0) }.map { Int32($0) }
    guard rows.count > 2 else { return nil }
    // A candidate that asks finds itself: lists are one longer, and that one does not count.
    let own = queries == nil ? 1 : 0
    let shares = OwnShare(k: max(min(recipe.k, exact.count - own), 1), own: own)
    var longer = recipe
    (longer.k, longer.targetRecall) = (shares.k + own, shares.withOwn(recipe.targetRecall))
    let sample = QuerySample(asked, rows: rows, proof: recipe.proofQueries, seed: recipe.seed)
    guard let tuned = longer.tuned(MatrixVectors(candidates), queries: sample) else { return nil }
    index = tuned.index
    recall = MeasuredRecall(
      k: shares.k, target: recipe.targetRecall, share: shares.without(tuned.certificate.point.recall),
      margin: shares.without(margin: tuned.certificate.point.margin), queries: tuned.certificate.queries,
      source: queries == nil ? .candidates : .queries)
  }
}

/// Converts between recall at k and recall at k + 1 with the candidate that is the query, which is always found.
private struct OwnShare {
  let k: Int
  let own: Int

  func withOwn(_ share: Double) -> Double { (share * Double(k) + Double(own)) / Double(k + own) }

  /// Returns a share that is too low rather than too high if the query is not among its own best, as may happen by
  /// inner product.
  func without(_ share: Double) -> Double { max((share * Double(k + own) - Double(own)) / Double(k), 0) }

  func without(margin: Double) -> Double { margin * Double(k + own) / Double(k) }
}
