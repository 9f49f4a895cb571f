import CandidateIndex
import Kernels
import Tables
import TwoTower

/// An explanation of a recommendation: the items of the history that speak most for the candidate.
public struct Explanation: Sendable {
  /// The meaning of the reasons' numbers.
  public enum Kind: String, Sendable {
    /// The amount that each item adds to the score: `reasons`, `others`, `popularity` and `remainder` sum to it.
    case contributions
    /// The cosine of each item with the candidate, for queries whose vectors were trained and are not sums over the history.
    case similarities
  }

  public let kind: Kind
  public let score: Float
  /// The strongest items of the history, at most `limit`, the strongest first; each item once, however often it was chosen.
  public let reasons: [(candidate: String, value: Float)]
  /// The amount that the rest of the history adds; `nil` for similarities.
  public let others: Float?
  /// The amount that the candidate's popularity adds; `nil` for similarities.
  public let popularity: Float?
  /// The score minus all of these; `nil` for similarities. It is only rounding where the vector was made of the history, and
  /// for a trained vector the part that the history does not explain.
  public let remainder: Float?
}

extension Servable {
  /// Explains why a candidate is recommended to a known query; returns `nil` if the query is unknown, or has no
  /// history.
  ///
  /// - Parameter limit: the greatest number of reasons.
  /// - Throws: `ServableError.unknownCandidate`, or a `FileError` if the file is damaged.
  public func explain(_ query: String, candidate: String, limit: Int) throws -> Explanation? {
    let number = try number(of: candidate)
    guard let place = queries.index(of: query) else { return nil }
    return try explain(embeddings[row(of: place)], ofQueryAt: place, number, limit: limit)
  }

  /// Explains the score of a known query's vector by its history; returns `nil` if there is none.
  func explain(
    _ vector: [Float], ofQueryAt place: Int, _ candidate: Int, limit: Int
  ) throws -> Explanation? {
    let history = known(seen[place])
    guard !history.isEmpty else { return nil }
    let isSum = basis(of: place) == .history || recipe.method.isLinear
    guard isSum, let read = recipe.history.isEmpty ? history : chosenInOrder.map({ known($0[place]) }) else {
      return explanation(of: vector, bySimilarities: history, candidate, limit: limit)
    }
    return try explanation(of: vector, byContributions: read, candidate, limit: limit)
  }

  /// The valid ones of candidate numbers in the file.
  private func known(_ numbers: [UInt32]) -> [Int] { numbers.map { Int($0) }.filter { $0 < candidates.count } }

  /// Explains why a candidate is recommended to an unknown user with a history.
  ///
  /// - Parameters:
  ///   - history: candidates by key, the newest last; order counts for models that read it.
  ///   - limit: the greatest number of reasons.
  /// - Throws: `ServableError` for an unknown candidate and for an empty history, or a `FileError` if the file is
  ///   damaged.
  public func explain(history: [String], candidate: String, limit: Int) throws -> Explanation {
    let number = try number(of: candidate)
    let inOrder = try numbers(of: history)
    guard !inOrder.isEmpty else { throw ServableError.emptyHistory }
    return try explanation(of: vector(of: inOrder), byContributions: inOrder, number, limit: limit)
  }

  /// - Parameter history: in its order, where the model reads that.
  private func explanation(
    of query: [Float], byContributions history: [Int], _ candidate: Int, limit: Int
  ) throws -> Explanation {
    let vector = index.vector(of: candidate)
    let terms = try histories().contributions(of: history.map { CandidateNumber($0) }, to: vector)
    let (reasons, others) = parted(terms.map { (Int($0.candidate.value), $0.value) }, limit: limit)
    let popularity = recipe.biasWeight == nil ? 0 : (query.last ?? 0) * (vector.last ?? 0)
    let score = Self.score(of: query, with: vector)
    return Explanation(
      kind: .contributions, score: score, reasons: reasons, others: others, popularity: popularity,
      remainder: score - reasons.reduce(others + popularity) { $0 + $1.value })
  }

  private func explanation(
    of query: [Float], bySimilarities history: [Int], _ candidate: Int, limit: Int
  ) -> Explanation {
    // An item's similarity to itself explains nothing; its contribution to a sum does.
    let terms = similarities(of: history.filter { $0 != candidate }, to: candidate)
    return Explanation(
      kind: .similarities, score: Self.score(of: query, with: index.vector(of: candidate)),
      reasons: parted(terms, limit: limit).reasons, others: nil, popularity: nil, remainder: nil)
  }

  /// The score, summed in the order of the index, so that the bits are the same.
  static func score(of query: [Float], with candidate: [Float]) -> Float {
    zip(query, candidate).reduce(Float(0)) { $0.addingProduct($1.0, $1.1) }
  }

  /// The greatest of some terms with the keys of their candidates, and the sum of the others.
  private func parted(
    _ terms: [(candidate: Int, value: Float)], limit: Int
  ) -> (reasons: [(candidate: String, value: Float)], others: Float) {
    let order = terms.sorted { $0.value != $1.value ? $0.value > $1.value : $0.candidate < $1.candidate }
    let named = order.prefix(max(limit, 0))
    return (
      named.map { (candidate: candidates[$0.candidate], value: $0.value) },
      order.dropFirst(named.count).reduce(Float(0)) { $0 + $1.value }
    )
  }

  /// Returns the cosines of candidates with one candidate, without popularity.
  private func similarities(of history: [Int], to candidate: Int) -> [(candidate: Int, value: Float)] {
    let (own, factors) = (tasteVector(of: candidate), lengths())
    return history.map { number in
      let product = zip(own, tasteVector(of: number)).reduce(Float(0)) { $0.addingProduct($1.0, $1.1) }
      return (number, product * factors[number] * factors[candidate])
    }
  }
}
