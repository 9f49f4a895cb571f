import Artifacts
import CandidateIndex
import CanonicalJSON
import Kernels
import Tables
import TwoTower

extension Servable {
  /// The column whose numbers are predicted beside scores; `nil` if the model has no rating head.
  public var ratingColumn: String? { file.header.schema["rating"]?["column"]?.string }

  /// Returns the ratings that the model predicts for an answer's recommendations, in their order; `nil` if it has no rating
  /// head, or if training had no pair of the query.
  ///
  /// - Parameter features: those that the answer was asked with; the context among them counts.
  /// - Throws: a `FileError` if the file is damaged, or `ServableError` for features that no answer has.
  public func ratings(of answer: Answer, features: [String: [String]] = [:]) throws -> [Float]? {
    try ratings(of: [answer], features: [features])[0]
  }

  /// Returns the same of each of many answers, whose pairs go through the head together.
  ///
  /// - Parameter features: of each answer; `nil` if none had any.
  /// - Precondition: there are features for each answer, if there are some.
  public func ratings(of answers: [Answer], features: [[String: [String]]]? = nil) throws -> [[Float]?] {
    precondition((features?.count ?? answers.count) == answers.count, "features of other answers")
    guard let head = try ratingHead() else { return answers.map { _ in nil } }
    let places = answers.map { $0.basis == .known ? queries.index(of: $0.query) : nil }
    let vectors = Matrix(rows: answers.count, columns: index.dimension)
    var (pairs, numbers) = ([(query: Int, candidate: Int)](), [Int]())
    for (row, place) in places.enumerated() {
      guard let place else { continue }
      try copyVector(of: place, asked: features?[row] ?? [:], to: vectors, row: row)
      for recommendation in answers[row].recommendations {
        pairs.append((query: row, candidate: numbers.count))
        numbers.append(try number(of: recommendation.candidate))
      }
    }
    let predictions = head.predictions(
      queries: vectors, candidates: candidateVectors(numbers), pairs: pairs, threads: 1)
    var first = 0
    return zip(answers, places).map { answer, place in
      guard place != nil else { return nil }
      defer { first += answer.recommendations.count }
      return Array(predictions[first..<first + answer.recommendations.count])
    }
  }

  /// Predicts the ratings of some candidates for some query, which takes as long as those of an answer do; reads the head, so
  /// that no request does. Returns nothing for a model without one.
  ///
  /// - Parameter count: the greatest number of predictions.
  public func sampleRatings(_ count: Int) throws -> [Float] {
    guard let head = try ratingHead() else { return [] }
    let candidates = Array(0..<min(count, candidates.count))
    return head.predictions(
      queries: vectors(of: [queries.count > 0 ? 0 : nil]), candidates: candidateVectors(candidates),
      pairs: candidates.map { (query: 0, candidate: $0) }, threads: 1)
  }

  /// Copies the vector that a known query was answered by.
  private func copyVector(
    of place: Int, asked features: [String: [String]], to target: Matrix, row: Int
  ) throws {
    guard readsContext, !features.isEmpty else {
      return embeddings.copy(self.row(of: place), to: target, row: row)
    }
    let vector = try vector(of: place, by: given(features)).0
    for (column, value) in vector.enumerated() { target[row, column] = value }
  }

  private func candidateVectors(_ numbers: [Int]) -> Matrix {
    let vectors = Matrix(rows: numbers.count, columns: index.dimension)
    for (row, number) in numbers.enumerated() { index.copyVector(of: number, to: vectors, row: row) }
    return vectors
  }

  func ratingHead() throws -> RatingHead? {
    try ratingHeadOnce.value { try RatingHead(file, dimension: recipe.ownDimension(of: index.dimension)) }
  }
}
