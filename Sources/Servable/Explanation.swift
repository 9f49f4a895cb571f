import CandidateIndex
import Kernels
import Tables
import TwoTower

/// Which of what somebody chose speaks for a candidate, the strongest first.
public struct Explanation: Sendable {
  public enum Kind: String, Sendable {
    /// What each adds to the score: `reasons`, `others`, `popularity` and `remainder` sum to it.
    case contributions
    /// The cosine of each with the candidate, where the query's vector is no sum over its history; these sum to nothing.
    case similarities
  }

  public let kind: Kind
  public let score: Float
  /// Of the history, `limit` at most.
  public let reasons: [(candidate: String, value: Float)]
  /// What the rest of the history adds together; nil for similarities.
  public let others: Float?
  /// What the candidate's popularity adds; nil for similarities.
  public let popularity: Float?
  /// The score less all of these: of a history rounding alone, and of a known query how far the vector that training left
  /// it is from its history's; nil for similarities.
  public let remainder: Float?
}

extension Servable {
  /// Why a known query is recommended a candidate; nil if the model does not know the query, or it had nothing in
  /// training.
  ///
  /// - Parameter limit: how many of its history are named.
  /// - Throws: `Refusal.unknownCandidate`.
  public func explain(_ query: String, candidate: String, limit: Int) throws -> Explanation? {
    let number = try number(of: candidate)
    guard let place = queries.index(of: query) else { return nil }
    let history = seen[place].map { Int($0) }.filter { $0 < candidates.count }
    guard !history.isEmpty else { return nil }
    return try explain(embeddings[row(of: place)], history, number, limit: limit)
  }

  /// Why somebody of a history, and of whom nothing else is known, is recommended a candidate.
  ///
  /// - Parameters:
  ///   - history: candidates by key.
  ///   - limit: how many of them are named.
  /// - Throws: `Refusal`.
  public func explain(history: [String], candidate: String, limit: Int) throws -> Explanation {
    let number = try number(of: candidate)
    let chosen = try Set(numbers(of: history)).sorted()
    guard !chosen.isEmpty else { throw Refusal.emptyHistory }
    return try explain(vector(of: chosen), chosen, number, limit: limit)
  }

  private func explain(
    _ query: [Float], _ history: [Int], _ candidate: Int, limit: Int
  ) throws -> Explanation {
    let vector = index.vector(of: candidate)
    // In the order of the index, so that it is the same number.
    let score = zip(query, vector).reduce(Float(0)) { $0.addingProduct($1.0, $1.1) }
    let contributions =
      recipe.method.isLinear
      ? try histories().contributions(of: history.map { CandidateNumber($0) }, to: CandidateNumber(candidate)) : nil
    let values = contributions ?? similarities(of: history, to: candidate)
    // That something is similar to itself is no reason; what it adds to a sum is.
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

  /// Cosines of candidates with one, popularity left out.
  private func similarities(of history: [Int], to candidate: Int) -> [Float] {
    let (own, factors) = (tasteVector(of: candidate), lengths())
    return history.map { number in
      zip(own, tasteVector(of: number)).reduce(Float(0)) { $0.addingProduct($1.0, $1.1) } * factors[number]
        * factors[candidate]
    }
  }
}
