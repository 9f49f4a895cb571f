import Artifacts
import DisplayText
import Kernels
import ParallelLoops
import SystemFiles

/// The options of a build, by which the stage `index` and `VectorIndex` choose, build and tune an index.
///
/// The same recipe and vectors give the same index on any number of threads.
package struct IndexRecipe: Sendable {
  /// The choice between an exact and an approximate index.
  package enum Kind: String, CaseIterable, Sendable {
    /// Builds an exact index if candidates are few or an exhaustive search is fast; else as `approximate`.
    case auto
    case exact
    /// Approximate to the target recall; exact if no search parameters reach it at less than an exhaustive search
    /// costs.
    case approximate
  }

  package var kind = Kind.auto
  /// The share of the exact best `k` that an approximate search is to find.
  package var targetRecall = 0.95
  /// Length of the lists that the recall is about.
  package var k = 100
  /// Queries that the recall is measured on, and as many that the search parameters are chosen with.
  package var proofQueries = 500
  /// Number of leaves; the cheapest on a sample if nil.
  package var leaves: Int?
  /// Precision of an approximate index's vectors; the smallest that costs little recall on a sample if nil.
  package var precision: VectorPrecision?
  /// `true` if an exact index has a prefilter; from 20,000 candidates on if nil.
  package var prefiltered: Bool?
  package var seed: UInt64 = 42
  package var threads = availableProcessors()

  package init() {}

  /// The reason why the index is exact without a look at its vectors; `nil` if an approximate one is to be tried.
  package func reasonForExact(count: Int, dimension: Int) -> String? {
    switch kind {
    case .exact: "exact as asked"
    case .auto: ExactIndex.reasonForSpeed(count: count, dimension: dimension, k: k).map { "exact: \($0)" }
    case .approximate: nil
    }
  }

  /// Chooses settings on a sample, builds an index by them in memory, and tunes its search parameters on exact answers.
  ///
  /// - Parameter queries: at least two of them proving.
  /// - Returns: nil if no search parameters reach the recall at less than an exhaustive search costs.
  package func tuned<Source: VectorSource>(
    _ source: Source, queries: QuerySample
  ) throws(Source.Failure) -> TunedIndex? {
    let trial = try SettingsTrial(source, queries: queries, recipe: self)
    let index = try ApproximateIndex(source, queries: queries.asking, settings: trial.settings)
    return try tuned(index, of: source, queries: queries, trial: trial)
  }

  /// The same of vectors that are not in memory; its sections are added to `writer`.
  ///
  /// - Throws: errors of the source, and `FileError` if the file cannot be written.
  func tuned(_ source: some VectorSource, queries: QuerySample, into writer: ArtifactWriter) throws -> TunedIndex? {
    let trial = try SettingsTrial(source, queries: queries, recipe: self)
    let begin = ContinuousClock.now
    let index = try ApproximateIndex(source, queries: queries.asking, settings: trial.settings, into: writer)
    let elapsed = ContinuousClock.now - begin
    var tuned = try tuned(index, of: source, queries: queries, trial: trial)
    tuned?.buildTime = elapsed
    return tuned
  }

  private func tuned<Source: VectorSource>(
    _ index: ApproximateIndex, of source: Source, queries: QuerySample, trial: SettingsTrial
  ) throws(Source.Failure) -> TunedIndex? {
    let truth = try source.search(queries.proving, k: k, threads: threads)
    let tuning = Tuning(index, truth: truth, queries: queries.proving, k: k, threads: threads)
    guard let certificate = tuning.certificate(target: targetRecall) else { return nil }
    return TunedIndex(
      index: index.with(certificate.point.parameters), certificate: certificate, trial: trial, tuning: tuning)
  }
}

/// An approximate index that was built and tuned by a recipe.
package struct TunedIndex {
  /// The index, with the search parameters of the certificate.
  package let index: ApproximateIndex
  package let certificate: Certificate
  fileprivate let trial: SettingsTrial
  fileprivate let tuning: Tuning
  fileprivate var buildTime = Duration.zero

  /// The time of the build, and that of a query on one thread, which is measured now.
  func times() -> String {
    let query = tuning.time(of: certificate.point.parameters)
    return "built in \(decimals(buildTime / .seconds(1), 1)) s; a query takes "
      + "\(decimals(query / .microseconds(1), 1)) µs on one thread"
  }

  /// The measured recall, the settings and the trial, for the summary of the index's artifact.
  var summary: [Summary.Item] {
    let bytes = index.bytesPerCandidate
    return certificate.summary + [
      .fact("leaves", "\(index.leafCount)"), .fact("precision of vectors", index.precision.rawValue),
      .fact(
        "bytes a candidate",
        "\(decimals(bytes.codes, 1)) of codes, numbers and places, \(decimals(bytes.vectors, 1)) of vectors"),
    ] + trial.summary
  }
}
