import Kernels

/// Which values of a field each candidate has: the candidates of each value, turned round. 4 bytes for each candidate and
/// each value that one has.
struct ValuesByCandidate: Sendable {
  /// Where the values of each candidate begin, and where the last end.
  private let starts: [UInt32]
  /// Their places, rising within a candidate.
  private let values: [UInt32]

  /// Two passes over the candidates. Numbers that no candidate has, and starts that do not rise, are passed over: a file
  /// may be damaged.
  ///
  /// - Parameters:
  ///   - starts: where the candidates of each value begin, and where the last end.
  ///   - candidates: of the values, one after another.
  init(starts: SharedValues<UInt64>, candidates: SharedValues<UInt32>, candidateCount: Int) {
    precondition(candidates.count <= UInt32.max, "a field of \(candidates.count) values of candidates")
    /// From the last, so that ends become starts as values are put down.
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
