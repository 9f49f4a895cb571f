import Servable

/// A version of a model, open and checked. It can be searched as long as it is held, even after it was replaced.
package final class ServedVersion: Sendable {
  package let number: Int
  package let servable: Servable
  /// The identity of the file it was read from.
  package let source: FileIdentity
  /// The columns whose values requests may give for unknown queries.
  package let queryFeatures: [QueryFeature]
  /// The time of one sample search.
  package let searchTime: Duration
  /// The time of predicting one rating; zero for a model that predicts none.
  package let ratingTime: Duration

  /// Opens the servable at `path`, verifies every byte of it, and runs sample searches.
  ///
  /// - Parameters:
  ///   - source: the expected identity of the file.
  ///   - loaded: `true` if it is read into memory rather than mapped, so that later changes of the file cannot harm it.
  /// - Throws: one line, if the file is damaged, is not as `source` says, or does not answer as it should.
  package init(number: Int, path: String, source: FileIdentity, loaded: Bool = false) throws {
    self.number = number
    self.source = source
    try Servable.verify(path: path)
    servable = try Servable(path: path, loaded: loaded)
    searchTime = try Self.check(servable)
    ratingTime = try Self.checkRatings(servable)
    // So that no request does.
    servable.prepareFields()
    // Reads the vectors of features too, so that already the first request with features is quick.
    queryFeatures = try servable.queryFeatures()
    guard try DiskFiles().identity(of: path)?.hasSameContents(as: source) == true else {
      throw ModelVersionsError.changedWhileRead
    }
  }

  /// Searches for an unknown query and for the first known one.
  ///
  /// - Returns: the time of the quickest of three searches.
  private static func check(_ servable: Servable) throws -> Duration {
    guard servable.candidateCount > 0 else { throw ModelVersionsError.noCandidates }
    let expected = min(10, servable.candidateCount)
    let known = servable.queries(beginning: "", limit: 1)
    let durations = try (["", ""] + known).map { query in
      let start = ContinuousClock.now
      let answer = try servable.recommend(query, k: expected)
      let duration = ContinuousClock.now - start
      guard answer.recommendations.count == expected else {
        throw ModelVersionsError.fewAnswers(
          query: query, expected: expected, found: answer.recommendations.count)
      }
      if let bad = answer.recommendations.first(where: { !$0.score.isFinite }) {
        throw ModelVersionsError.badScore(query: query, candidate: bad.candidate)
      }
      return duration
    }
    return durations.min() ?? .zero
  }

  /// Predicts ratings as for a list of ten.
  ///
  /// - Returns: the time of one, in the quickest of three lists; zero for a model without a rating head.
  private static func checkRatings(_ servable: Servable) throws -> Duration {
    let durations = try (0..<3).map { _ in
      let start = ContinuousClock.now
      let ratings = try servable.sampleRatings(10)
      let duration = ContinuousClock.now - start
      guard ratings.allSatisfy(\.isFinite) else { throw ModelVersionsError.badRating }
      return ratings.isEmpty ? .zero : duration / ratings.count
    }
    return durations.min() ?? .zero
  }
}
