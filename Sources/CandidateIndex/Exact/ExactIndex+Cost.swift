import DisplayText

extension ExactIndex {
  /// Cycles of one core that a query takes: its list, and the vectors, which are read at some 12 GB/s as bytes.
  ///
  /// - Parameter k: the length of its list.
  package static func cycles(count: Int, dimension: Int, k: Int) -> Double {
    8_000 + 300 * Double(min(k, count)) + Double(count) * Double(dimension) / 4
  }

  /// Whether an exact search is so fast, or candidates are so few, that no other is worth learning; what to say of it.
  package static func isFast(count: Int, dimension: Int, k: Int) -> (Bool, why: String) {
    guard count >= fewCandidates else { return (true, "there are fewer than \(fewCandidates) candidates") }
    let microseconds = cycles(count: count, dimension: dimension, k: k) / Certificate.clock * 1e6
    return (
      microseconds <= fastMicroseconds,
      "a query is expected to take \(decimals(microseconds, 0)) µs, at most \(decimals(fastMicroseconds, 0)) are fast"
    )
  }

  static let fewCandidates = 20_000
  static let fastMicroseconds = 100.0
}
