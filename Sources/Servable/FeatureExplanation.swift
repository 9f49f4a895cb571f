/// An explanation of a recommendation to an unknown user: its score as a sum over the user's features.
public struct FeatureExplanation: Sendable {
  public let score: Float
  /// The amount that each feature adds, in the order of the declarations; 0 where the user has no known value. With
  /// `popularity` they sum to the score, but for rounding.
  public let terms: [(feature: String, value: Float)]
  /// The amount that the candidate's popularity adds.
  public let popularity: Float
}
