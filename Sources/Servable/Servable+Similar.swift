public import CandidateIndex
import Kernels
import TwoTower

extension Servable {
  /// The `k` candidates whose embeddings lie nearest to a candidate's by cosine, best first, without itself; how popular
  /// candidates are has no part in it.
  ///
  /// Exact: reads every vector, whatever the index.
  ///
  /// - Parameter filter: which candidates may be found, of `candidateCount`; all if nil.
  /// - Throws: `Refusal.unknownCandidate`.
  public func similar(
    to candidate: String, k: Int, filter: CandidateFilter? = nil
  ) throws -> [(candidate: String, score: Float)] {
    let number = try number(of: candidate)
    let factors = lengths()
    let query = tasteVector(of: number).map { $0 * factors[number] }
    return unsafe index.search(
      query, k: k, filter: narrowed(filter, by: [number]), factors: factors.pointer
    ).map { (candidate: candidates[$0.candidate], score: $0.score) }
  }

  /// A candidate's embedding, 0 in place of a bias.
  func tasteVector(of candidate: Int) -> [Float] {
    var vector = index.vector(of: candidate)
    if recipe.biasWeight != nil, !vector.isEmpty { vector[vector.count - 1] = 0 }
    return vector
  }

  /// What makes a score of each candidate's embedding a cosine; 0 where an embedding has no length.
  func lengths() -> AlignedFloats {
    inverseLengths.value {
      index.inverseLengths(ofFirst: recipe.biasWeight == nil ? index.dimension : index.dimension - 1)
    }
  }
}
