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
/// Immutable, and safe to search from any number of threads. Exact search is the one kind there is today; the kind
/// stands in the artifact's schema.
public protocol CandidateIndex: Sendable {
  /// Candidates, numbered from 0.
  var count: Int { get }
  var dimension: Int { get }

  /// The best `min(k, allowed)` candidates, best first; ties by number.
  ///
  /// - Parameters:
  ///   - query: `dimension` floats.
  ///   - excluded: candidates that may not be found.
  func search(_ query: [Float], k: Int, excluding excluded: Set<Int>) -> [Neighbour]
}
