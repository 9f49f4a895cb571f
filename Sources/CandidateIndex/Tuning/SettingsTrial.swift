package import Artifacts
import DisplayText
import Kernels

/// Chooses the number of candidates per leaf and the precision of vectors, by building indexes of a sample of the
/// candidates and estimating the cost of searches.
package struct SettingsTrial: Sendable {
  /// One choice of settings, and the cheapest search parameters that reached the recall; nil if none did.
  package struct Outcome: Sendable {
    package let candidatesPerLeaf: Int
    package let precision: VectorPrecision
    package let point: Certificate.Point?
  }

  static let mostCandidates = 65_536
  /// Half of them choose the search parameters, the others measure their recall.
  static let mostQueries = 256
  /// The recall that a lower precision may lose, at the same search parameters.
  static let greatestLoss = 0.005

  package let settings: ApproximateIndex.Settings
  /// The choices that were tried; empty if the recipe leaves nothing to choose.
  package let outcomes: [Outcome]

  /// - Parameters:
  ///   - queries: of the same space as the source.
  ///   - recipe: leaves and precision that it gives are not tried.
  package init<Source: VectorSource>(
    _ source: Source, queries: QuerySample, recipe: IndexRecipe
  ) throws(Source.Failure) {
    let (leaves, precision) = (recipe.leaves, recipe.precision)
    var settings = ApproximateIndex.Settings(leaves: leaves ?? ApproximateIndex.Settings.leaves(for: source.count))
    settings.precision = precision ?? .float32
    (settings.seed, settings.threads) = (recipe.seed, recipe.threads)
    guard leaves == nil || precision == nil, queries.proving.rows >= 4 else {
      self.settings = settings
      outcomes = []
      return
    }
    let sample = try source.gather(
      ApproximateIndex.drawn(min(source.count, Self.mostCandidates), of: source.count, seed: settings.seed))
    let trial = Trial(sample, queries: queries, k: recipe.k, target: recipe.targetRecall, settings: settings)
    let fixed = leaves.map { max(source.count / max($0, 1), 1) }
    let sized = (fixed.map { [$0] } ?? ApproximateIndex.Settings.candidatesPerLeaf).map(trial.built)
    func cost(_ candidate: Trial.Built) -> Double { candidate.outcome.point?.cycles ?? .infinity }
    // The middle choice is kept if no other is better.
    let usual = sized[sized.count / 2]
    let best = sized.reduce(usual) { cost($1) < cost($0) ? $1 : $0 }
    var outcomes = sized.map(\.outcome)
    if leaves == nil {
      settings.leaves = ApproximateIndex.Settings.leaves(
        for: source.count, candidatesPerLeaf: best.outcome.candidatesPerLeaf)
    }
    if precision == nil {
      let smaller = [VectorPrecision.float16, .int8].map { trial.rounded(best, to: $0) }
      outcomes += smaller
      let recall = best.outcome.point?.recall ?? 1
      settings.precision =
        smaller.last { recall - ($0.point?.recall ?? 0) <= Self.greatestLoss }?.precision ?? .float32
    }
    self.settings = settings
    self.outcomes = outcomes
  }

  package var summary: [Summary.Item] {
    guard !outcomes.isEmpty else { return [] }
    return [
      .table(
        title: "tried on a sample",
        columns: ["candidates a leaf", "vectors", "recall", "µs a query (expected)"],
        rows: outcomes.map { outcome in
          [
            "\(outcome.candidatesPerLeaf)", outcome.precision.rawValue,
            outcome.point.map { decimals($0.recall, 4) } ?? "too low",
            outcome.point.map { decimals($0.microseconds, 1) } ?? "",
          ]
        })
    ]
  }
}

/// Builds and measures indexes of one sample.
private struct Trial {
  struct Built {
    let index: ApproximateIndex
    let outcome: SettingsTrial.Outcome
  }

  private let sample: Matrix
  private let asking: Matrix
  private let proving: Matrix
  private let truth: [[Neighbour]]
  private let k: Int
  private let target: Double
  private let settings: ApproximateIndex.Settings

  init(_ sample: Matrix, queries: QuerySample, k: Int, target: Double, settings: ApproximateIndex.Settings) {
    self.sample = sample
    self.k = min(k, sample.rows)
    self.target = target
    self.settings = settings
    asking = queries.asking
    proving = queries.proving.first(min(queries.proving.rows, SettingsTrial.mostQueries))
    truth = MatrixVectors(sample).search(proving, k: self.k, threads: settings.threads)
  }

  func built(candidatesPerLeaf: Int) -> Built {
    var settings = settings
    settings.leaves = max(sample.rows / candidatesPerLeaf, 1)
    settings.precision = .float32
    settings.begins = { _ in }
    let index = ApproximateIndex(sample, rows: 0..<sample.rows, queries: asking, settings: settings)
    let point = tuning(index).certificate(target: target)?.point
    return Built(
      index: index,
      outcome: SettingsTrial.Outcome(candidatesPerLeaf: candidatesPerLeaf, precision: .float32, point: point))
  }

  /// Measures an index at the same search parameters, with rounded vectors.
  func rounded(_ built: Built, to precision: VectorPrecision) -> SettingsTrial.Outcome {
    let index = ApproximateIndex(
      geometry: built.index.geometry, leaves: built.index.leaves, parentSpreads: built.index.parentSpreads,
      vectors: VectorTable(
        MatrixVectors(sample), in: built.index.leaves, precision: precision, threads: settings.threads),
      parameters: built.index.tuned)
    return SettingsTrial.Outcome(
      candidatesPerLeaf: built.outcome.candidatesPerLeaf, precision: precision,
      point: built.outcome.point.map { tuning(index).proved($0.parameters) })
  }

  private func tuning(_ index: ApproximateIndex) -> Tuning {
    Tuning(index, truth: truth, queries: proving, k: k, threads: settings.threads)
  }
}
