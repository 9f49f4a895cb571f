import Kernels

/// Candidates that are new or have new vectors, and those that are removed.
package struct CandidateChange {
  /// The number of each row of `vectors`, all different.
  package let numbers: [Int]
  package let vectors: Matrix
  package let removed: Set<Int>
  /// How many numbers there are afterwards.
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

/// How far candidates lie from the centroids of their leaves: the mean of the squares, in the space of the index.
package struct ResidualDrift {
  /// Over the candidates of before; 0 where there are none.
  package var before: Double
  /// Over the new vectors; 0 where there are none.
  package var new: Double
}
