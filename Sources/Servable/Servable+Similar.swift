public import CandidateIndex
import Kernels
import TwoTower

extension Servable {
  /// Returns the `k` candidates whose embeddings are nearest to a candidate's by cosine, best first, without itself.
  /// Popularity is left out.
  ///
  /// The search is exact, whatever the index: it reads every vector.
  ///
  /// - Parameter filter: the candidates that may be found; all if `nil`.
  /// - Throws: `ServableError.unknownCandidate`.
  public func similar(
    to candidate: String, k: Int, filter: CandidateFilter? = nil
  ) throws(ServableError) -> [(candidate: String, score: Float)] {
    let number = try number(of: candidate)
    let factors = lengths()
    let query = tasteVector(of: number).map { $0 * factors[number] }
    return index.search(
      query, k: k, filter: narrowed(filter, by: [number]), factors: factors
    ).map { (candidate: candidates[$0.candidate], score: $0.score) }
  }

  /// Returns a candidate's embedding with 0 in place of a bias.
  func tasteVector(of candidate: Int) -> [Float] {
    var vector = index.vector(of: candidate)
    if recipe.biasWeight != nil, !vector.isEmpty { vector[vector.count - 1] = 0 }
    return vector
  }

  /// Returns the reciprocal norms of the candidates' embeddings without a bias; 0 for a zero vector. Computed once.
  func lengths() -> AlignedFloats {
    inverseLengths.value {
      index.inverseLengths(ofFirst: recipe.ownDimension(of: index.dimension))
    }
  }
}
