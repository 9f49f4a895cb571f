/// How far an approximate search looks: more finds more, and takes longer. An exhaustive search heeds none of it.
public struct SearchParameters: Sendable, Equatable {
  /// Leaves are scanned while the score of their centroid and so many standard deviations of their candidates' scores
  /// reach what was found so far.
  public var reach: Float
  /// Leaves that are scanned at most.
  public var probes: Int
  /// Candidates that are scored exactly, for lists of `k`; longer lists take more in proportion.
  public var reordered: Int
  public var k: Int

  public init(reach: Float, probes: Int = .max, reordered: Int, k: Int = 100) {
    self.reach = reach
    self.probes = probes
    self.reordered = reordered
    self.k = k
  }

  /// Candidates that are scored exactly for a list of `length`.
  func depth(for length: Int) -> Int {
    guard length > k else { return max(reordered, length, 1) }
    let depth = Double(reordered) * Double(length) / Double(max(k, 1))
    return depth < 1e15 ? max(Int(depth.rounded(.up)), length) : length
  }
}
