package import Artifacts
package import CanonicalJSON
package import Kernels

/// A candidate that a search found: its number in the index and its score.
public struct Neighbour: Equatable, Sendable {
  public let candidate: Int
  public let score: Float

  public init(candidate: Int, score: Float) {
    self.candidate = candidate
    self.score = score
  }
}

/// Finds the candidates of the greatest inner product with a query vector.
///
/// Immutable, and safe to search from any number of threads. `ExactIndex` and `ApproximateIndex` are its kinds; where
/// one of them is stored, `IndexFile` opens it.
package protocol NearestNeighbourIndex: Sendable {
  /// The number of candidates, including those that no search returns; they are numbered from 0.
  var count: Int { get }
  var dimension: Int { get }
  /// The parameters of a search that names no others; nil if every search is exhaustive.
  var parameters: SearchParameters? { get }
  /// The numbers of candidates that no search returns, rising: removed, or of vectors that are not finite.
  var absentCandidates: [Int] { get }
  /// The number of candidates that no search returns.
  var absent: Int { get }

  /// The best `min(k, allowed)` candidates, best first; ties by number.
  ///
  /// - Parameters:
  ///   - query: `dimension` floats; a query that is not finite finds nothing in an approximate index.
  ///   - filter: which candidates may be found; all if nil.
  ///   - parameters: how far an approximate search looks; as the index was tuned if nil.
  func search(_ query: [Float], k: Int, filter: CandidateFilter?, parameters: SearchParameters?) -> [Neighbour]

  /// A list for each of many queries, the same on any number of threads.
  ///
  /// - Parameters:
  ///   - queries: rows of `dimension` floats.
  ///   - excluded: for each query the candidates that it may not find, rising; empty if none has any.
  func search(
    _ queries: Matrix, k: Int, filter: CandidateFilter?, excluding excluded: [[UInt32]], threads: Int
  ) -> [[Neighbour]]

  /// Copies a candidate's vector as it is scored; zeros if no search returns it.
  ///
  /// - Parameter target: space for `dimension` floats.
  func copyVector(of candidate: Int, to matrix: Matrix, row: Int)

  /// Scores every candidate that can be found, at most `width` at once, in any order.
  func forEachTile(
    _ query: Matrix, width: Int, _ body: (_ scores: AlignedFloats, _ candidates: [UInt32]) -> Void)

  /// All vectors as they are scored, candidate after candidate, as rows of a copy; zeros for those that no search
  /// returns.
  ///
  /// - Parameter first: empty rows before the first candidate.
  func matrix(after first: Int) -> Matrix

  /// The schema of the index within an artifact: its kind, and the sizes that its sections are checked against.
  var schema: [String: JSON] { get }

  /// Adds the sections of the index to an artifact, as they are scanned, to be mapped.
  func write(to writer: ArtifactWriter) throws

  /// The same index with candidates added, replaced and removed; O(`count` · `dimension`), as all of it is copied.
  ///
  /// - Returns: the index, and how far the new vectors lie from what an approximate one was learnt from.
  func updated(_ change: CandidateChange, threads: Int) -> (index: any NearestNeighbourIndex, drift: ResidualDrift?)
}

extension NearestNeighbourIndex {
  /// `true` if results equal those of an exhaustive search.
  package var isExact: Bool { parameters == nil }

  package func search(_ query: [Float], k: Int, filter: CandidateFilter? = nil) -> [Neighbour] {
    search(query, k: k, filter: filter, parameters: nil)
  }

  package func search(_ queries: Matrix, k: Int, filter: CandidateFilter? = nil, threads: Int) -> [[Neighbour]] {
    search(queries, k: k, filter: filter, excluding: [], threads: threads)
  }

  package func matrix() -> Matrix { matrix(after: 0) }
}
