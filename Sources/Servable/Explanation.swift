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
    /// The cosine of each item with the candidate, for models whose query vectors are not sums over the history.
    case similarities
  }

  public let kind: Kind
  public let score: Float
  /// The strongest items of the history, at most `limit`, the strongest first.
  public let reasons: [(candidate: String, value: Float)]
  /// The amount that the rest of the history adds; `nil` for similarities.
  public let others: Float?
  /// The amount that the candidate's popularity adds; `nil` for similarities.
  public let popularity: Float?
  /// The score minus all of these; `nil` for similarities. It is only rounding for a history, and for a known query the
  /// part of its trained vector that its history does not explain.
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
    let history = seen[place].map { Int($0) }.filter { $0 < candidates.count }
    guard !history.isEmpty else { return nil }
    return try explain(vector, history, candidate, limit: limit)
  }

  /// Explains why a candidate is recommended to an unknown user with a history.
  ///
  /// - Parameters:
  ///   - history: candidates by key.
  ///   - limit: the greatest number of reasons.
  /// - Throws: `ServableError` for an unknown candidate and for an empty history, or a `FileError` if the file is
  ///   damaged.
  public func explain(history: [String], candidate: String, limit: Int) throws -> Explanation {
    let number = try number(of: candidate)
    let inOrder = try numbers(of: history)
    guard !inOrder.isEmpty else { throw ServableError.emptyHistory }
    return try explain(vector(of: inOrder), Set(inOrder).sorted(), number, limit: limit)
  }

  private func explain(
    _ query: [Float], _ history: [Int], _ candidate: Int, limit: Int
  ) throws -> Explanation {
    let vector = index.vector(of: candidate)
    // Summed in the order of the index, so that the bits are the same.
    let score = zip(query, vector).reduce(Float(0)) { $0.addingProduct($1.0, $1.1) }
    let contributions =
      recipe.method.isLinear
      ? try histories().contributions(of: history.map { CandidateNumber($0) }, to: CandidateNumber(candidate)) : nil
    let values = contributions ?? similarities(of: history, to: candidate)
    // An item's similarity to itself explains nothing; its contribution to a sum does.
    let order = history.indices.filter { contributions != nil || history[$0] != candidate }
      .sorted { values[$0] != values[$1] ? values[$0] > values[$1] : $0 < $1 }
    let named = order.prefix(max(limit, 0))
    let reasons = named.map { (candidate: candidates[history[$0]], value: values[$0]) }
    guard contributions != nil else {
      return Explanation(
        kind: .similarities, score: score, reasons: reasons, others: nil, popularity: nil, remainder: nil)
    }
    let others = order.dropFirst(named.count).reduce(Float(0)) { $0 + values[$1] }
    let popularity = recipe.biasWeight == nil ? 0 : (query.last ?? 0) * (vector.last ?? 0)
    return Explanation(
      kind: .contributions, score: score, reasons: reasons, others: others, popularity: popularity,
      remainder: score - named.reduce(others + popularity) { $0 + values[$1] })
  }

  /// Returns the cosines of candidates with one candidate, without popularity.
  private func similarities(of history: [Int], to candidate: Int) -> [Float] {
    let (own, factors) = (tasteVector(of: candidate), lengths())
    return history.map { number in
      zip(own, tasteVector(of: number)).reduce(Float(0)) { $0.addingProduct($1.0, $1.1) } * factors[number]
        * factors[candidate]
    }
  }
}
