package import Kernels

/// Candidates to add, replace and remove.
package struct CandidateChange {
  /// The number of each row of `vectors`, all different.
  package let numbers: [Int]
  package let vectors: Matrix
  package let removed: Set<Int>
  /// The number of candidates afterwards, including removed ones.
  package let count: Int

  package init(numbers: [Int], vectors: Matrix, removed: Set<Int>, count: Int) {
    self.numbers = numbers
    self.vectors = vectors
    self.removed = removed
    self.count = count
  }

  /// The rows whose vectors are finite, by rising numbers.
  package func present(threads: Int) -> [Int] {
    let absent = Set(vectors.notFinite(0..<vectors.rows, threads: threads))
    return numbers.indices.filter { !absent.contains($0) }.sorted { numbers[$0] < numbers[$1] }
  }
}

/// Mean squared distances of candidates from the centroids of their leaves, in the space of the index.
package struct ResidualDrift {
  /// The mean over the candidates before the update; 0 if there are none.
  package var before: Double
  /// The mean over the new vectors; 0 if there are none. If it is much greater, they are unlike those that the index
  /// learnt from.
  package var new: Double
}
