import Kernels

/// A candidate that a search found: its number in the index and its score.
public struct Neighbour: Equatable, Sendable {
  public let candidate: Int
  public let score: Float

  public init(candidate: Int, score: Float) {
    self.candidate = candidate
    self.score = score
  }

  /// Higher scores first; of equal ones the lower number.
  static func precedes(_ left: Neighbour, _ right: Neighbour) -> Bool {
    left.score != right.score ? left.score > right.score : left.candidate < right.candidate
  }
}

/// Finds the candidates of the greatest inner product with a query vector.
///
/// Immutable, and safe to search from any number of threads.
public protocol CandidateIndex: Sendable {
  /// Candidates, numbered from 0.
  var count: Int { get }
  var dimension: Int { get }

  /// The best `min(k, allowed)` candidates, best first; ties by number.
  ///
  /// - Parameters:
  ///   - query: `dimension` floats; where they are not finite, nothing may be found.
  ///   - filter: which candidates may be found; all if nil.
  func search(_ query: [Float], k: Int, filter: CandidateFilter?) -> [Neighbour]
}

extension CandidateIndex {
  /// - Parameter excluded: candidates that may not be found.
  public func search(_ query: [Float], k: Int, excluding excluded: Set<Int>) -> [Neighbour] {
    search(query, k: k, filter: excluded.isEmpty ? nil : CandidateFilter(excluding: excluded, of: count))
  }
}
