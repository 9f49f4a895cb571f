import Foundation
import Kernels
import MetricTable
import RandomNumbers

@testable import Evaluation

/// Scores that are written down: a row for each judged query.
struct FixedScores: CandidateScores {
  let lines: [[Float]]
  var tileWidth = 16

  func score(_ queries: Range<Int>, against tile: Range<Int>, into scores: UnsafeMutablePointer<Float>, stride: Int) {
    for (row, query) in queries.enumerated() {
      for (place, candidate) in tile.enumerated() { scores[row * stride + place] = lines[query][candidate] }
    }
  }
}

/// The definitions of Docs/reference/metrics.md, candidate by candidate, for one protocol.
struct NaiveEvaluation {
  let train: [(query: Int32, candidate: Int32)]
  let test: [(query: Int32, candidate: Int32)]
  let scores: [Int32: [Float]]
  let candidates: Int
  let isExcluded: Bool

  /// Queries and pairs drawn at random, with repeats, pairs of train and test alike, candidates beyond the catalog and
  /// scores of few values.
  static func drawn(
    _ seed: UInt64, queries: Int = 6, candidates: Int = 7, pairs: Int = 25, levels: UInt64 = 4
  ) -> [NaiveEvaluation] {
    var random = RandomGenerator(seed: seed, stream: "evaluation")
    func draw(_ count: Int) -> [(query: Int32, candidate: Int32)] {
      (0..<count).map { _ in
        (Int32(random.below(UInt64(queries))), Int32(random.below(UInt64(candidates + 2))))
      }
    }
    let (train, test) = (draw(pairs), draw(pairs))
    var scores: [Int32: [Float]] = [:]
    for query in 0..<Int32(queries) { scores[query] = (0..<candidates).map { _ in Float(random.below(levels)) } }
    return [false, true].map {
      NaiveEvaluation(train: train, test: test, scores: scores, candidates: candidates, isExcluded: $0)
    }
  }

  var seenProtocol: SeenProtocol { isExcluded ? .excluded : .included }

  var judged: JudgedQueries {
    JudgedQueries(
      test: NumberedPairs(queries: test.map(\.query), candidates: test.map(\.candidate)),
      train: NumberedPairs(queries: train.map(\.query), candidates: train.map(\.candidate)), queryCount: 1000,
      candidateCount: candidates)
  }

  var counts: [Int32] {
    NumberedPairs(queries: train.map(\.query), candidates: train.map(\.candidate)).counts(candidateCount: candidates)
  }

  var lines: [[Float]] { judged.queries.map { scores[$0] ?? [] } }

  var queries: [Int32] { Set(test.map(\.query)).sorted() }

  func seen(_ query: Int32) -> Set<Int32> { Set(train.filter { $0.query == query }.map(\.candidate)) }

  /// What the query should be answered and did not have in training.
  func targets(_ query: Int32) -> Set<Int32> {
    Set(test.filter { $0.query == query }.map(\.candidate)).subtracting(seen(query))
  }

  /// `true` if only candidates without train pairs compete.
  var newOnly = false

  private func competitors(_ query: Int32) -> [Int32] {
    let left = isExcluded ? seen(query) : []
    return (0..<Int32(candidates)).filter { candidate in
      !left.contains(candidate) && !(newOnly && train.contains { $0.candidate == candidate })
    }
  }

  /// The same without test pairs of candidates that train has.
  var withNewTargetsAlone: NaiveEvaluation {
    var evaluation = NaiveEvaluation(
      train: train, test: test.filter { pair in !train.contains { $0.candidate == pair.candidate } }, scores: scores,
      candidates: candidates, isExcluded: isExcluded)
    evaluation.newOnly = true
    return evaluation
  }

  // MARK: Per pair

  func hitRate(_ k: Int, _ rule: TieRule, of isIn: (Int32, Int32) -> Bool = { _, _ in true }) -> Double {
    let pairs = test.filter { isIn($0.query, $0.candidate) }
    let hits = pairs.map { query, target -> Double in
      guard target < candidates, let line = scores[query] else { return 0 }
      let rivals = competitors(query).filter { $0 != target }.map { line[Int($0)] }
      let own = line[Int(target)]
      let (greater, equal) = (rivals.count { $0 > own }, rivals.count { $0 == own })
      switch rule {
      case .optimistic: return greater < k ? 1 : 0
      case .pessimistic: return greater + equal < k ? 1 : 0
      case .expected: return Double((0...equal).count { greater + $0 < k }) / Double(equal + 1)
      }
    }
    return hits.reduce(0, +) / Double(pairs.count)
  }

  // MARK: Per query

  /// Every order of the competitors that their scores allow.
  private func orders(_ query: Int32) -> [[Int32]] {
    let line = scores[query] ?? []
    let levels = Set(competitors(query).map { line[Int($0)] }).sorted(by: >)
    return levels.reduce([[]]) { orders, level in
      let tied = permutations(competitors(query).filter { line[Int($0)] == level })
      return orders.flatMap { order in tied.map { order + $0 } }
    }
  }

  private func permutations(_ values: [Int32]) -> [[Int32]] {
    guard values.count > 1 else { return [values] }
    return values.indices.flatMap { place in
      var rest = values
      let first = rest.remove(at: place)
      return permutations(rest).map { [first] + $0 }
    }
  }

  /// A measure of a list, over all orders of the tied and all queries that have something to find.
  func mean(_ k: Int, _ measure: (_ isHit: [Bool], _ targets: Int) -> Double) -> Double {
    let judged = queries.filter { !targets($0).isEmpty }
    let values = judged.map { query -> Double in
      let (targets, orders) = (targets(query), orders(query))
      let sum = orders.reduce(0.0) { $0 + measure($1.prefix(k).map { targets.contains($0) }, targets.count) }
      return sum / Double(orders.count)
    }
    return values.reduce(0, +) / Double(judged.count)
  }

  func value(_ measure: Measure, _ k: Int, _ rule: TieRule) -> Double {
    let discount = { (place: Int) in 1 / log2(Double(place) + 2) }
    func hits(_ list: [Bool]) -> [Int] { list.indices.filter { list[$0] } }
    switch measure {
    case .hitRate: return hitRate(k, rule)
    case .recall: return mean(k) { list, targets in Double(hits(list).count) / Double(targets) }
    case .precision: return mean(k) { list, _ in Double(hits(list).count) / Double(k) }
    case .ndcg:
      return mean(k) { list, targets in
        hits(list).map(discount).reduce(0, +) / (0..<min(k, targets)).map(discount).reduce(0, +)
      }
    case .mrr: return mean(k) { list, _ in hits(list).first.map { 1 / Double($0 + 1) } ?? 0 }
    case .map:
      return mean(k) { list, targets in
        let precisions = hits(list).enumerated().map { Double($0 + 1) / Double($1 + 1) }
        return precisions.reduce(0, +) / Double(min(k, targets))
      }
    case .novelty: return novelty(k)
    case .popularityBias: return popularityBias(k)
    case .newShare: return newShare(k)
    case .auc: return auc()
    }
  }

  /// The share of pairs of a target and a candidate that is neither a target nor left out in which the target stands
  /// first, ties counted half.
  func auc() -> Double {
    let values = queries.filter { !targets($0).isEmpty }.map { query -> Double in
      let (line, targets) = (scores[query] ?? [], targets(query))
      let others = competitors(query).filter { !targets.contains($0) }
      guard !others.isEmpty else { return 0 }
      let won = targets.flatMap { target in
        others.map { other -> Double in
          guard target < candidates else { return 0 }
          let (own, rival) = (line[Int(target)], line[Int(other)])
          return own > rival ? 1 : own == rival ? 0.5 : 0
        }
      }
      return average(won)
    }
    return average(values)
  }

  func newShare(_ k: Int) -> Double {
    average(
      queries.map { list($0, k) }.filter { !$0.isEmpty }.map { list in
        Double(list.count { trainPairs($0) == 0 }) / Double(list.count)
      })
  }

  // MARK: Of the lists

  func list(_ query: Int32, _ k: Int) -> [Int32] {
    let line = scores[query] ?? []
    return Array(
      competitors(query).sorted { (line[Int($1)], $0) < (line[Int($0)], $1) }.prefix(k))
  }

  private func trainPairs(_ candidate: Int32) -> Double { Double(train.count { $0.candidate == candidate }) }

  private func average(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  func coverage(_ k: Int) -> Double { Double(Set(queries.flatMap { list($0, k) }).count) / Double(candidates) }

  private func novelty(_ k: Int) -> Double {
    let known = Double(train.count { $0.candidate < candidates })
    let lists = queries.map { list($0, k) }.filter { !$0.isEmpty }
    return average(lists.map { average($0.map { -log2(max(trainPairs($0), 1) / known) }) })
  }

  private func popularityBias(_ k: Int) -> Double {
    let both = queries.map { (list($0, k), seen($0).filter { $0 < candidates }) }.filter { !$0.isEmpty && !$1.isEmpty }
    let recommended = average(both.map { average($0.0.map(trainPairs)) })
    return recommended / average(both.map { average($0.1.map(trainPairs)) })
  }
}

extension Judgement {
  func metrics(_ model: String) -> [Metric] {
    Assessment([Assessment.Entry(model, self)], slices: QuerySlices(), resamples: 0, seed: 1, threads: 1).metrics
  }
}

extension Double {
  var finite: Double? { isFinite ? self : nil }
}
