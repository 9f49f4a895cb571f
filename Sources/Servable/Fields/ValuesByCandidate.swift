import Kernels

/// The values of a field that each candidate has, the inverse of the candidates of each value. Takes 4 bytes for each
/// candidate and each of its values.
struct ValuesByCandidate: Sendable {
  /// The start of each candidate's values, and the end of the last.
  private let starts: [UInt32]
  /// The numbers of the values, sorted within a candidate.
  private let values: [UInt32]

  /// Inverts the lists of candidates, in two passes. Invalid numbers and decreasing starts of a damaged file are
  /// skipped.
  ///
  /// - Parameters:
  ///   - starts: the start of each value's candidates, and the end of the last.
  ///   - candidates: the concatenated candidates of the values.
  init(starts: SharedValues<UInt64>, candidates: SharedValues<UInt32>, candidateCount: Int) {
    precondition(candidates.count <= UInt32.max, "a field of \(candidates.count) values of candidates")
    /// Goes backwards, so that ends become starts as values are stored.
    func forEach(_ body: (_ value: Int, _ candidate: Int) -> Void) {
      var next = UInt64(candidates.count)
      for value in (0..<max(starts.count - 1, 0)).reversed() {
        guard starts[value] <= starts[value + 1], starts[value + 1] <= next else { continue }
        next = starts[value]
        for candidate in candidates[Int(starts[value])..<Int(starts[value + 1])] where candidate < candidateCount {
          body(value, Int(candidate))
        }
      }
    }
    var ends = [UInt32](repeating: 0, count: candidateCount + 1)
    forEach { _, candidate in ends[candidate] += 1 }
    var sum: UInt32 = 0
    for candidate in ends.indices {
      sum += ends[candidate]
      ends[candidate] = sum
    }
    var values = [UInt32](repeating: 0, count: Int(sum))
    forEach { value, candidate in
      ends[candidate] -= 1
      values[Int(ends[candidate])] = UInt32(value)
    }
    (self.starts, self.values) = (ends, values)
  }

  subscript(candidate: Int) -> ArraySlice<UInt32> { values[Int(starts[candidate])..<Int(starts[candidate + 1])] }
}
