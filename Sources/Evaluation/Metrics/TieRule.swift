/// A rule by which a candidate is ranked among others of the same score.
package enum TieRule: String, CaseIterable, Sendable {
  /// The positive stands before its equals: TFRS' rule, by which a constant model is always right.
  case optimistic
  /// The candidate comes behind all of them.
  case pessimistic
  /// The mean over all their orders.
  case expected

  /// The value of a measure of the position (from 0), when `greater` candidates score higher and `equal` others the
  /// same.
  func value(greater: Int, equal: Int, limit: Int, _ measure: (Int) -> Double) -> Double {
    switch self {
    case .optimistic: greater < limit ? measure(greater) : 0
    case .pessimistic: greater + equal < limit ? measure(greater + equal) : 0
    case .expected:
      (greater..<max(min(greater + equal + 1, limit), greater)).reduce(0) { $0 + measure($1) } / Double(equal + 1)
    }
  }
}
