package import Artifacts
package import Evaluation
package import Features
package import Interactions
package import ModelTraining
import RandomNumbers
import Tables
package import TwoTower

/// The pairs that a search learns from and is judged by.
package struct TuningData: Sendable {
  package let vocabularies: Vocabularies
  package let metric: MetricAtK
  package let size: DataSize
  /// `true` if parts are held out of the training pairs; `false` if there is a validation part of its own.
  package let hasFolds: Bool
  /// The values of the vocabularies by their features, for the sides that have some.
  package let encoded: [TowerSide: EncodedVocabulary]
  private let queries: [EmbeddingRow]
  private let candidates: [EmbeddingRow]
  private let weights: [Float]?
  private let times: [Double]?
  /// The pairs of the validation part.
  private let held: [Pair]
  private let seed: UInt64

  /// - Parameters:
  ///   - pairs: what `train` would learn from.
  ///   - times: of each pair, where trials may go by them.
  ///   - held: the validation part; nil to hold out a tenth of the pairs.
  ///   - encoded: the values of the vocabularies by their features, for the sides whose features towers may read.
  /// - Throws: `TuningError` if there are too few pairs.
  package init(
    _ pairs: TrainingPairs, times: [Double]? = nil, held: [Pair]?, _ vocabularies: Vocabularies,
    encoded: [TowerSide: EncodedVocabulary] = [:], metric: MetricAtK, seed: UInt64
  ) throws {
    self.vocabularies = vocabularies
    self.encoded = encoded
    self.metric = metric
    self.seed = seed
    self.times = times
    (queries, candidates, weights) = (try pairs.queries, try pairs.candidates, try pairs.weights)
    hasFolds = held == nil
    self.held = held ?? []
    guard pairs.count >= Self.leastPairs else {
      throw TuningError.tooFewPairs(found: pairs.count, needed: Self.leastPairs)
    }
    size = DataSize(
      queries: Set(queries).count, candidates: vocabularies.candidate.values.count, pairs: pairs.count)
  }

  /// The least number of pairs of which a part can be held out that tells anything.
  package static let leastPairs = 20

  package var heldCount: Int { hasFolds ? queries.count / 10 : held.count }

  /// `true` if trials may go by the times of pairs.
  package var hasTimes: Bool { times != nil }

  /// The sides whose features towers may read.
  package var sidesWithFeatures: [TowerSide] { TowerSide.allCases.filter { encoded[$0] != nil } }

  /// `true` if vocabularies have features of the context, which no trial reads.
  package static func hasContext(_ file: ArtifactFile) throws -> Bool {
    try DeclaredFeatures(file).contextIfAny != nil
  }

  /// The values of vocabularies by their features, for the sides that have features with values. Those of queries are left
  /// out beside features of the context, which a query tower of `train` with features would read too.
  ///
  /// - Parameter file: vocabularies as `vocab` publishes them.
  /// - Throws: `FeatureError.notEncoded`.
  package static func encodings(of file: ArtifactFile) throws -> [TowerSide: EncodedVocabulary] {
    var encoded: [TowerSide: EncodedVocabulary] = [:]
    for side in try hasContext(file) ? [.candidate] : TowerSide.allCases {
      guard let values = try EncodedVocabulary(side, of: file), values.features.width > 0 else { continue }
      encoded[side] = values
    }
    return encoded
  }

  /// A training by some params of `train` on a part.
  ///
  /// - Throws: the error of a param that `train` refuses.
  func training(_ options: ModelOptions, on fold: TuningFold, threads: Int) throws -> any Training {
    var settings = try options.settings(threads: threads, scratchFolder: nil)
    settings.encoded = encoded
    settings.times = fold.times
    let training = try options.training(vocabularies, fold.pairs, settings)
    training.trained = fold.trained
    return training
  }

  /// A part that is held out, and what is left to train on.
  ///
  /// - Parameters:
  ///   - number: of the part, from 0; each is a seeded tenth of the pairs.
  ///   - share: of the queries, with all of their pairs. A smaller share is part of every greater one.
  package func fold(_ number: Int, share: Double, threads: Int) throws -> TuningFold {
    let isSampled = sample(share)
    var isHeld = [Bool](repeating: false, count: queries.count)
    if hasFolds {
      var random = RandomGenerator(seed: seed, stream: "tune part \(number)")
      for place in random.permutation(queries.count).prefix(heldCount) { isHeld[place] = true }
    }
    let kept = queries.indices.filter { !isHeld[$0] && isSampled[Int(queries[$0].index)] }
    let pairs = TrainingPairs(
      queries: kept.map { queries[$0] }, candidates: kept.map { candidates[$0] },
      weights: weights.map { weights in kept.map { weights[$0] } })
    let trained = try TrainedRows(
      pairs, queryRows: vocabularies.query.rows, candidateRows: vocabularies.candidate.rows)
    let judged =
      hasFolds
      ? queries.indices.lazy.filter { isHeld[$0] }.map { Pair(query: queries[$0], candidate: candidates[$0]) }
        .filter { isSampled[Int($0.query.index)] }
      : held.filter { isSampled[Int($0.query.index)] }
    return try TuningFold(
      pairs, times: times.map { times in kept.map { times[$0] } },
      held: judged.filter { trained.has(query: $0.query) }, trained, vocabularies, metric, threads: threads)
  }

  /// Returns for each row of the query tower whether it is in a sample.
  private func sample(_ share: Double) -> [Bool] {
    let rows = vocabularies.query.rows
    guard share < 1 else { return [Bool](repeating: true, count: rows) }
    var random = RandomGenerator(seed: seed, stream: "tune sample")
    var isSampled = [Bool](repeating: false, count: rows)
    for row in random.permutation(rows).prefix(max(Int(Double(rows) * share), 1)) { isSampled[row] = true }
    return isSampled
  }
}

/// Pairs to train on, and the judgement by pairs that were held out.
package struct TuningFold {
  package let pairs: TrainingPairs
  /// The time of each pair, where trials may go by them.
  let times: [Double]?
  package let trained: TrainedRows
  package let validation: Validation

  init(
    _ pairs: TrainingPairs, times: [Double]?, held: [Pair], _ trained: TrainedRows, _ vocabularies: Vocabularies,
    _ metric: MetricAtK,
    threads: Int
  ) throws {
    self.pairs = pairs
    self.times = times
    self.trained = trained
    let (queryCount, candidateCount) = (vocabularies.query.values.count, vocabularies.candidate.values.count)
    let train = NumberedPairs(queries: try pairs.queries, candidates: try pairs.candidates)
    let judged = JudgedQueries(
      test: NumberedPairs(queries: held.map(\.query), candidates: held.map(\.candidate)), train: train,
      queryCount: queryCount, candidateCount: candidateCount)
    validation = Validation(
      metric, judged, counts: train.counts(candidateCount: candidateCount),
      queryRows: (0..<queryCount).map { QueryNumber($0).row },
      candidateRows: (0..<candidateCount).map { CandidateNumber($0).row }, trained: trained, popularity: nil,
      threads: threads)
  }
}

extension NumberedPairs {
  /// - Parameters:
  ///   - queries, candidates: of known ids.
  fileprivate init(queries: [EmbeddingRow], candidates: [EmbeddingRow]) {
    self.init(
      queries: queries.map { ($0.number() as QueryNumber?)?.value ?? -1 },
      candidates: candidates.map { ($0.number() as CandidateNumber?)?.value ?? -1 })
  }
}
