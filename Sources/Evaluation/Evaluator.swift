import Interactions
import Kernels
import TwoTower

/// Judges scores by held-out pairs, over all candidates.
///
/// `hit_rate` is TFRS' FactorizedTopK: the share of test pairs with fewer than k candidates of a greater score.
/// `recall` and `ndcg` are means over users with at least one test candidate that they did not have in training;
/// recall divides by the number of those, the ideal DCG counts min(k, that number).
package struct Evaluator: Sendable {
  let ks: [Int]
  let hitRateTies: TieRule
  let candidateCount: Int
  let threads: Int
  private let test: Batch
  private let seen: [Int32: [Int32]]
  private let discounts: [Double]

  /// - Parameters: rows in the vocabularies; row 0 is out of vocabulary.
  package init(
    train: (queries: [Int32], candidates: [Int32]), test: (queries: [Int32], candidates: [Int32]),
    candidateRows: Int, ks: [Int], ties: TieRule, threads: Int
  ) {
    self.ks = ks
    hitRateTies = ties
    candidateCount = candidateRows - 1
    self.threads = threads
    self.test = Batch(queries: test.queries, candidates: test.candidates)
    let trained = Batch(queries: train.queries, candidates: train.candidates)
    var seen: [Int32: [Int32]] = [:]
    // Users out of vocabulary share row 0 and so have no history of their own.
    for (number, row) in trained.queries.rows.enumerated() where row > 0 {
      seen[row] = trained.queries.partners[trained.queries.starts[number]..<trained.queries.starts[number + 1]]
        .map { trained.candidates.rows[Int($0)] }.filter { $0 > 0 }
    }
    self.seen = seen
    // No rank lies beyond the last candidate, however long a list is asked for.
    discounts = (0..<max(min(ks.max() ?? 1, candidateRows - 1), 1)).map {
      0.6931471805599453 / naturalLogarithm(Double($0) + 2)
    }
  }

  package func measure(_ model: String, _ ranking: some CandidateScores) -> [Metric] {
    let users = Positions(count: test.queries.rows.count)
    let block = 8
    parallel(blocks: (test.queries.rows.count + block - 1) / block, threads: threads) { number in
      let range = number * block..<min((number + 1) * block, test.queries.rows.count)
      ranking.withScores(of: range.map { test.queries.rows[$0] }) { place, line in
        users.lists[range.lowerBound + place] = positions(of: range.lowerBound + place, in: line)
      }
    }
    let all = Array(users.lists)
    return ["seen-included", "seen-excluded"].flatMap { seenProtocol in
      hitRates(model, seenProtocol, all) + userMeans(model, seenProtocol, all)
    }
  }

  /// Where the test candidates of one user stand.
  private func positions(of user: Int, in line: UnsafeBufferPointer<Float>) -> [Position] {
    let seen = self.seen[test.queries.rows[user]] ?? []
    let seenScores = seen.map { line[Int($0) - 1] }
    return (test.queries.starts[user]..<test.queries.starts[user + 1]).map { place in
      let row = test.candidates.rows[Int(test.queries.partners[place])]
      let count = Int(test.queries.partnerCounts[place])
      guard row > 0 else { return Position(count: count, isNew: true, included: nil, excluded: nil) }
      let score = line[Int(row) - 1]
      let above = countAbove(score, in: line)
      let seenAbove = seenScores.withUnsafeBufferPointer { countAbove(score, in: $0) }
      let isSeen = seen.contains(row)
      // The target itself is no rival, and stays where it was seen.
      let included = Position.Rank(greater: above.greater, equal: above.equal - 1)
      let excluded = Position.Rank(
        greater: above.greater - seenAbove.greater, equal: included.equal - seenAbove.equal + (isSeen ? 1 : 0))
      return Position(count: count, isNew: !isSeen, included: included, excluded: excluded)
    }
  }

  private func hitRates(_ model: String, _ seenProtocol: String, _ users: [[Position]]) -> [Metric] {
    ks.map { k in
      var hits = 0.0
      for position in users.joined() {
        guard let rank = position.rank(seenProtocol) else { continue }
        hits +=
          Double(position.count) * hitRateTies.value(greater: rank.greater, equal: rank.equal, limit: k) { _ in 1 }
      }
      return Metric(
        model: model, seenProtocol: seenProtocol, name: "hit_rate", k: k, ties: hitRateTies.rawValue,
        value: hits / Double(max(test.count, 1)))
    }
  }

  private func userMeans(_ model: String, _ seenProtocol: String, _ users: [[Position]]) -> [Metric] {
    let judged = users.map { $0.filter(\.isNew) }.filter { !$0.isEmpty }
    return ks.flatMap { k in
      var (recall, ndcg) = (0.0, 0.0)
      for user in judged {
        var (found, gain) = (0.0, 0.0)
        for position in user {
          guard let rank = position.rank(seenProtocol) else { continue }
          found += TieRule.expected.value(greater: rank.greater, equal: rank.equal, limit: k) { _ in 1 }
          gain += TieRule.expected.value(greater: rank.greater, equal: rank.equal, limit: k) { discounts[$0] }
        }
        recall += found / Double(user.count)
        ndcg += gain / discounts.prefix(min(k, user.count)).reduce(0, +)
      }
      let users = Double(max(judged.count, 1))
      return [("recall", recall / users), ("ndcg", ndcg / users)].map { name, value in
        Metric(
          model: model, seenProtocol: seenProtocol, name: name, k: k, ties: TieRule.expected.rawValue, value: value)
      }
    }
  }
}

/// Where one test candidate of a user stands among all candidates.
struct Position: Sendable {
  struct Rank: Sendable {
    var greater: Int
    var equal: Int
  }

  /// How often the pair occurs in the test part.
  var count: Int
  /// Not among the user's training candidates.
  var isNew: Bool
  /// nil where the candidate is out of vocabulary, which is a miss.
  var included: Rank?
  var excluded: Rank?

  func rank(_ seenProtocol: String) -> Rank? { seenProtocol == "seen-included" ? included : excluded }
}

private final class Positions: @unchecked Sendable {
  let lists: UnsafeMutableBufferPointer<[Position]>

  init(count: Int) {
    lists = .allocate(capacity: count)
    lists.initialize(repeating: [])
  }

  deinit {
    lists.deinitialize()
    lists.deallocate()
  }
}
