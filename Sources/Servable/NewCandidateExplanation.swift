/// An explanation of the score of a candidate that training never saw: a sum over the features by which it has its vector.
public struct NewCandidateExplanation: Sendable {
  /// The amount that a value of a feature adds.
  public struct Term: Sendable {
    /// The feature as it is declared, such as "genres: list".
    public let feature: String
    /// The column and the value, such as "genres: Drama".
    public let name: String
    public let value: Float
  }

  public let score: Float
  /// The amount that every new candidate has before its features count, times the candidate's scale; `nil` where the model's
  /// own tower gives the vectors, which have no such part.
  public let mean: Float?
  /// The amount that each value adds, the greatest first. Values that no trained candidate has add nothing and are left out.
  public let terms: [Term]
  /// The number of the candidate's first interactions, and the amount that these add; `nil` if it has none.
  public let firstInteractions: (count: Int, value: Float)?
  /// The amount that the candidate's popularity adds.
  public let popularity: Float
  /// The score minus all of these: rounding, also that of the vectors of an index in float16 or int8. It is 0 for a candidate
  /// with first interactions, whose amount holds it.
  public let remainder: Float
}
