/// The changes of an update, and their effect on recall.
public struct UpdateReport: Equatable, Sendable {
  /// Says if the index should be built anew.
  public enum Verdict: Equatable, Sendable {
    /// Every answer is exact, or the measured recall is no lower than the target less the tolerance.
    case sound
    /// The measured recall is below that.
    case rebuildIsDue
    /// No queries were given to measure with.
    case notMeasured
  }

  public var added: Int
  public var replaced: Int
  /// The number of candidates that could be found before and no longer can.
  public var removed: Int
  /// The number of added and replaced candidates whose vectors are not finite, and which no search returns.
  public var notFinite: Int
  /// Mean squared distances from the centroids of their leaves, in the space of the index, of the candidates before the
  /// update and of the added and replaced ones. If the second is much greater, the new ones are unlike those that the
  /// index learnt from. Nil if the index is exact.
  public var residualBefore: Double?
  public var residualOfNew: Double?
  /// The measured recall; nil if no queries were given or the index is exact.
  public var recallBefore: Double?
  public var recallAfter: Double?
  public var verdict: Verdict
}
