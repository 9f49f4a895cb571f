package import Features
package import Interactions
package import StageKit
package import TwoTower

/// The data that a stage learns from: the positives of its input `train`, and their popularity.
package struct TrainingData {
  package let pairs: TrainingPairs
  /// A line for people about the rows that are left out.
  package let left: String
  package let popularity: PopularityBias?
  /// The time of each pair, where the method goes by times.
  package let times: [Double]?
  /// The rating of each pair, `nan` for one without, where a head learns from them.
  package let ratings: [Float]?
  /// The contexts of the pairs, where the query tower reads such.
  package let contexts: EncodedContexts?

  /// - Parameters:
  ///   - timesFor: the option that needs times; nil for none.
  ///   - features: of the context, for a query tower that reads it.
  /// - Throws: where nothing is left to learn from, or a column that an option needs is missing.
  package init(
    _ context: StageContext, _ vocabularies: Vocabularies, threshold: ThresholdOptions,
    sampleWeight: String? = nil, scale: WeightScale = .linear, unknownQuery: UnknownQueryOptions,
    memory: PairMemoryOptions, timesFor: String? = nil, rating: RatingColumn? = nil,
    context features: FeatureSet? = nil
  ) throws {
    let train = try InteractionFile(context.input("train"))
    let positives = try PositivePairs(
      train, vocabularies, threshold, sampleWeight: sampleWeight, scale: scale, rating: rating, memory: memory.bytes,
      folder: context.work, keepingRows: timesFor != nil || features != nil || unknownQuery.recencyShare < 1)
    if let warning = positives.weightWarning { context.note(warning) }
    pairs = positives.pairs
    left = positives.left
    ratings = positives.ratings
    contexts = try features.map { try EncodedContexts($0, of: train).selecting(positives.rows) }
    times = try timesFor.map { try positives.times(in: train, neededFor: $0) }
    popularity = try PopularityBias(
      unknownQuery, train, positives, candidateRows: vocabularies.candidate.rows, memory: memory.bytes)
  }
}
