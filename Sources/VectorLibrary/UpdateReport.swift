/// What an update changed, and what it cost.
public struct UpdateReport: Equatable, Sendable {
  /// The answer to whether the index should be built anew.
  public enum Verdict: Equatable, Sendable {
    /// Every answer is exact, or the measured recall is no lower than the target less the tolerance.
    case sound
    /// The measured recall has fallen below that.
    case rebuildIsDue
    /// No queries were given to measure with.
    case notMeasured
  }

  public var added: Int
  public var replaced: Int
  /// Candidates that could be found before; others that were to be removed changed nothing.
  public var removed: Int
  /// Of the added and replaced ones those whose vectors are not finite: they are not found.
  public var notFinite: Int
  /// How far candidates lie from the centroids of their leaves, a mean square in the space of the index: those of before,
  /// and the added and replaced ones. Where the second is much the greater, the new ones are not like those that the
  /// index was learnt from. Nil where the index is exact.
  public var residualBefore: Double?
  public var residualOfNew: Double?
  /// The measured share of the exact best k; nil where no queries were given or the index is exact.
  public var recallBefore: Double?
  public var recallAfter: Double?
  public var verdict: Verdict
}
