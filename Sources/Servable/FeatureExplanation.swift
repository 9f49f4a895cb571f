/// An explanation of a recommendation: its score as a sum over the features of an unknown user, or over the query itself
/// and the context in which it was asked.
public struct FeatureExplanation: Sendable {
  public let score: Float
  /// The amount that the query's own part adds: that of an id with all that training knew of it or, for whoever is unknown and
  /// has no known features, that of the average query (of the untrained row, where `train` was asked for that). `nil` where
  /// the features of an unknown user take its place.
  public let query: Float?
  /// The amount that each feature adds, those of the user before those of the context, in the order of the declarations; 0
  /// where there is no known value. With `query` and `popularity` they sum to the score, but for rounding.
  public let terms: [(feature: String, value: Float)]
  /// The amount that the candidate's popularity adds.
  public let popularity: Float
}
