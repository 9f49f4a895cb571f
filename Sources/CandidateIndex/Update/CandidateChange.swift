import Kernels

/// Candidates that are new or have new vectors, and those that are removed.
struct CandidateChange {
  /// The number of each row of `vectors`, all different.
  let numbers: [Int]
  let vectors: Matrix
  let removed: Set<Int>
  /// How many numbers there are afterwards.
  let count: Int

  /// The rows whose vectors are finite, by rising numbers.
  func present(threads: Int) -> [Int] {
    let odd = Set(vectors.notFinite(0..<vectors.rows, threads: threads))
    return numbers.indices.filter { !odd.contains($0) }.sorted { numbers[$0] < numbers[$1] }
  }
}
