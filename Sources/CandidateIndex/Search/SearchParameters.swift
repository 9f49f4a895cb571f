/// Search parameters of an approximate index: greater numbers find more and take longer. An exhaustive search ignores
/// them.
public struct SearchParameters: Sendable, Equatable {
  /// A leaf is scanned if the score of its centroid plus this many standard deviations of its candidates' scores
  /// reaches the k-th best score so far.
  public var reach: Float
  /// The greatest number of leaves scanned (ScaNN: `leaves_to_search`; FAISS: `nprobe`).
  public var probes: Int
  /// The number of candidates scored exactly for lists of `k` (ScaNN: reordering); proportionally more for longer
  /// lists.
  public var reordered: Int
  public var k: Int

  public init(reach: Float, probes: Int = .max, reordered: Int, k: Int = 100) {
    self.reach = reach
    self.probes = probes
    self.reordered = reordered
    self.k = k
  }

  /// The number of candidates scored exactly for a list of `length`.
  func depth(for length: Int) -> Int {
    guard length > k else { return max(reordered, length, 1) }
    let depth = Double(reordered) * Double(length) / Double(max(k, 1))
    return depth < 1e15 ? max(Int(depth.rounded(.up)), length) : length
  }
}
