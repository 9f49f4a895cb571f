import Artifacts
import CandidateIndex
import CanonicalJSON
import Kernels
import TwoTower

extension Servable {
  /// The column whose numbers are predicted beside scores; `nil` if the model has no rating head.
  public var ratingColumn: String? { file.header.schema["rating"]?["column"]?.string }

  /// Returns the ratings that the model predicts for an answer's recommendations, in their order; `nil` if it has no rating
  /// head, or if training had no pair of the query.
  ///
  /// - Throws: a `FileError` if the file is damaged.
  public func ratings(of answer: Answer) throws -> [Float]? {
    guard answer.basis == .known, let place = queries.index(of: answer.query), let head = try ratingHead() else {
      return nil
    }
    let query = Matrix(rows: 1, columns: index.dimension)
    embeddings.copy(row(of: place), to: query, row: 0)
    let candidates = Matrix(rows: answer.recommendations.count, columns: index.dimension)
    for (row, recommendation) in answer.recommendations.enumerated() {
      index.copyVector(of: try number(of: recommendation.candidate), to: candidates, row: row)
    }
    return head.predictions(
      queries: query, candidates: candidates, pairs: (0..<candidates.rows).map { (query: 0, candidate: $0) }, threads: 1
    )
  }

  func ratingHead() throws -> RatingHead? {
    try ratingHeadOnce.value { try RatingHead(file, dimension: recipe.ownDimension(of: index.dimension)) }
  }
}
