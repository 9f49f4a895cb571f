import Tables

/// The pairs of a batch that have a rating, each occurrence by itself: rows of the batch's queries and candidates.
package struct RatedPairs: Sendable, Equatable {
  package private(set) var queries: [Int] = []
  package private(set) var candidates: [Int] = []
  package private(set) var ratings: [Float] = []

  package var count: Int { ratings.count }

  /// - Parameters:
  ///   - pairs: of the batch, in its order.
  ///   - ratings: of each pair; `nan` for one without.
  package init(_ batch: Batch, pairs: some Collection<Pair>, ratings: [Float]) {
    precondition(pairs.count == ratings.count, "\(ratings.count) ratings for \(pairs.count) pairs")
    let queryPlaces = Self.places(batch.queries.rows)
    let candidatePlaces = Self.places(batch.candidates.rows)
    for (pair, rating) in zip(pairs, ratings) where !rating.isNaN {
      guard let query = queryPlaces[pair.query], let candidate = candidatePlaces[pair.candidate] else {
        preconditionFailure("a pair that the batch does not have")
      }
      queries.append(query)
      candidates.append(candidate)
      self.ratings.append(rating)
    }
  }

  private static func places(_ rows: [EmbeddingRow]) -> [EmbeddingRow: Int] {
    Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($1, $0) })
  }
}
