import Artifacts
import Foundation
import Kernels
import Testing

@testable import Evaluation

/// Scores that are written down.
private struct FixedScores: CandidateScores {
  let scores: [Int32: [Float]]

  func withScores(of queries: [Int32], _ body: (Int, UnsafeBufferPointer<Float>) -> Void) {
    for (place, query) in queries.enumerated() { (scores[query] ?? []).withUnsafeBufferPointer { body(place, $0) } }
  }
}

/// The definitions of Docs/concepts.md, candidate by candidate.
private struct NaiveEvaluation {
  typealias Pairs = (queries: [Int32], candidates: [Int32])
  let train: Pairs
  let test: Pairs
  let scores: [Int32: [Float]]
  let candidates: Int

  private func seen(_ query: Int32) -> Set<Int32> {
    query == 0 ? [] : Set(zip(train.queries, train.candidates).filter { $0.0 == query && $0.1 > 0 }.map(\.1))
  }

  /// Scores of the competitors of a target, itself left out.
  private func rivals(_ query: Int32, _ target: Int32, excluded: Bool) -> (own: Float, others: [Float]) {
    let line = scores[query] ?? []
    let left = excluded ? seen(query) : []
    let others = (1...Int32(candidates)).filter { $0 != target && !left.contains($0) }.map { line[Int($0) - 1] }
    return (line[Int(target) - 1], others)
  }

  private func mean(_ rule: TieRule, _ rivals: (own: Float, others: [Float]), _ measure: (Int) -> Double) -> Double {
    let greater = rivals.others.count { $0 > rivals.own }
    let equal = rivals.others.count { $0 == rivals.own }
    switch rule {
    case .optimistic: return measure(greater)
    case .pessimistic: return measure(greater + equal)
    case .expected: return (0...equal).map { measure(greater + $0) }.reduce(0, +) / Double(equal + 1)
    }
  }

  func hitRate(_ k: Int, excluded: Bool, ties: TieRule) -> Double {
    let hits = zip(test.queries, test.candidates).map { query, target -> Double in
      guard target > 0 else { return 0 }
      return mean(ties, rivals(query, target, excluded: excluded)) { $0 < k ? 1 : 0 }
    }
    return hits.reduce(0, +) / Double(test.queries.count)
  }

  func perUser(_ k: Int, excluded: Bool, _ gain: (Int) -> Double, ideal: (Int) -> Double) -> Double {
    var values: [Double] = []
    for query in Set(test.queries) {
      let targets = Set(zip(test.queries, test.candidates).filter { $0.0 == query }.map(\.1)).subtracting(seen(query))
      guard !targets.isEmpty else { continue }
      let total = targets.filter { $0 > 0 }.map { target in
        mean(.expected, rivals(query, target, excluded: excluded)) { $0 < k ? gain($0) : 0 }
      }.reduce(0, +)
      values.append(total / ideal(targets.count))
    }
    return values.reduce(0, +) / Double(values.count)
  }
}

@Suite("Evaluation")
struct EvaluatorTests {
  private typealias Pairs = (queries: [Int32], candidates: [Int32])

  private func naive(_ seed: UInt64) -> (NaiveEvaluation, [Int]) {
    var random = RandomGenerator(seed: seed, stream: "evaluation")
    let (users, candidates) = (6, 12)
    func pairs(_ count: Int) -> Pairs {
      (
        (0..<count).map { _ in Int32(random.below(UInt64(users + 1))) },
        (0..<count).map { _ in Int32(random.below(UInt64(candidates + 1))) }
      )
    }
    let (train, test) = (pairs(30), pairs(25))
    var scores: [Int32: [Float]] = [:]
    // Few values, so that many scores are equal.
    for user in 0...Int32(users) { scores[user] = (0..<candidates).map { _ in Float(random.below(5)) } }
    return (NaiveEvaluation(train: train, test: test, scores: scores, candidates: candidates), [1, 3, 10])
  }

  @Test("measures what the definitions say, with ties, repeats, unknown and seen candidates")
  func definitions() {
    for seed in 0..<30 as Range<UInt64> {
      let (naive, ks) = naive(seed)
      for ties in TieRule.allCases {
        let evaluator = Evaluator(
          train: naive.train, test: naive.test, candidateRows: naive.candidates + 1, ks: ks, ties: ties, threads: 2)
        let metrics = Metrics(rows: evaluator.measure("m", FixedScores(scores: naive.scores)))
        for (seenProtocol, excluded) in [("seen-included", false), ("seen-excluded", true)] {
          for k in ks {
            func expect(_ name: String, _ wanted: Double) {
              let value = metrics.value("m", seenProtocol, name, k) ?? .nan
              #expect(abs(value - wanted) < 1e-12, "seed \(seed), \(ties), \(seenProtocol), \(name)@\(k)")
            }
            let discount = { (place: Int) in 1 / log2(Double(place) + 2) }
            expect("hit_rate", naive.hitRate(k, excluded: excluded, ties: ties))
            expect("recall", naive.perUser(k, excluded: excluded, { _ in 1 }, ideal: { Double($0) }))
            expect(
              "ndcg",
              naive.perUser(k, excluded: excluded, discount) { (0..<min(k, $0)).map(discount).reduce(0, +) })
          }
        }
      }
    }
  }

  @Test("gives a constant model 1 by TFRS's tie rule, its fair share by the expected one, nothing by the pessimistic")
  func constant() {
    let test: Pairs = ([1, 2, 3], [1, 2, 3])
    let scores = FixedScores(
      scores: Dictionary(uniqueKeysWithValues: (0...3).map { ($0, [Float](repeating: 1, count: 10)) }))
    for (ties, wanted) in [(TieRule.optimistic, 1.0), (.expected, 0.2), (.pessimistic, 0)] {
      let evaluator = Evaluator(
        train: ([], []), test: test, candidateRows: 11, ks: [2], ties: ties, threads: 1)
      let metrics = Metrics(rows: evaluator.measure("constant", scores))
      let value = metrics.value("constant", "seen-included", "hit_rate", 2) ?? .nan
      #expect(abs(value - wanted) < 1e-12)
    }
  }

  @Test("takes lists longer than the catalog")
  func longLists() {
    let evaluator = Evaluator(
      train: ([], []), test: ([1], [2]), candidateRows: 4, ks: [.max], ties: .expected, threads: 1)
    let metrics = Metrics(rows: evaluator.measure("m", FixedScores(scores: [1: [3, 2, 1]])))
    #expect(metrics.value("m", "seen-included", "recall", .max) == 1)
  }

  @Test("does not let the target be excluded as seen")
  func targetStays() {
    // The user had candidate 1 in training and again in the test, where two others that were seen score higher.
    let evaluator = Evaluator(
      train: ([1, 1, 1], [1, 2, 3]), test: ([1], [1]), candidateRows: 5, ks: [1], ties: .optimistic, threads: 1)
    let metrics = Metrics(rows: evaluator.measure("m", FixedScores(scores: [1: [5, 9, 8, 1]])))
    #expect(metrics.value("m", "seen-included", "hit_rate", 1) == 0)
    #expect(metrics.value("m", "seen-excluded", "hit_rate", 1) == 1)
  }

  @Test("gives the same numbers on any number of threads")
  func threads() {
    let (naive, ks) = naive(77)
    let rows = [1, 2, 3].map { threads in
      Evaluator(
        train: naive.train, test: naive.test, candidateRows: naive.candidates + 1, ks: ks, ties: .expected,
        threads: threads
      ).measure("m", FixedScores(scores: naive.scores))
    }
    #expect(rows[0] == rows[1])
    #expect(rows[0] == rows[2])
  }

  @Test("counts popularity in training alone, the same for everybody")
  func popularity() {
    let scores = PopularityScores(trainCandidates: [1, 2, 2, 0, 4, 2], candidateRows: 5)
    scores.withScores(of: [7, 8]) { _, line in #expect(Array(line) == [1, 3, 0, 1]) }
  }

  @Test("says whether the model beats the baseline, and shows them side by side")
  func verdict() {
    func row(_ model: String, _ value: Double) -> Metric {
      Metric(model: model, seenProtocol: "seen-excluded", name: "hit_rate", k: 100, ties: "optimistic", value: value)
    }
    func lines(_ own: Double) -> String {
      let summary = Metrics(rows: [row("two-tower", own), row("popularity", 0.4)]).summary
      return (summary.lines + summary.highlights.flatMap { item in [("\(item)")] }).joined(separator: "\n")
    }
    #expect(lines(0.3).contains("two-tower loses to popularity on hit_rate@100, seen-excluded (0.3000 against 0.4000)"))
    #expect(lines(0.5).contains("two-tower beats popularity"))
    #expect(lines(0.5).contains("hit_rate@100  seen-excluded  optimistic"))
  }
}
