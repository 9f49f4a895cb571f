import Kernels
import MetricTable
import Testing

@testable import Evaluation

@Suite("The quality of an index")
struct IndexAssessmentTests {
  private static let ks = [3, 1, 7, 20]

  /// Both protocols of one draw. Scores are of few values, or each differs from all others.
  private func drawn(_ seed: Int, isTied: Bool) -> [NaiveEvaluation] {
    let naive = NaiveEvaluation.drawn(UInt64(seed), queries: 20, candidates: 40, pairs: 150, levels: 5)
    return isTied ? naive : naive.map(strict)
  }

  /// The same with ties broken by the candidates' numbers.
  private func strict(_ naive: NaiveEvaluation) -> NaiveEvaluation {
    NaiveEvaluation(
      train: naive.train, test: naive.test,
      scores: naive.scores.mapValues { line in line.enumerated().map { $1 * 1000 - Float($0) } },
      candidates: naive.candidates, isExcluded: naive.isExcluded)
  }

  private func judge(_ naive: NaiveEvaluation, threads: Int = 2) -> Judge {
    Judge(naive.judged, counts: naive.counts, ks: Self.ks, ties: .optimistic, threads: threads)
  }

  /// A search that does not find everything; a query's vector is its place.
  private func lists(
    _ naive: NaiveEvaluation, _ judge: Judge, finding isFound: @escaping @Sendable (Int32) -> Bool
  ) -> AnsweredLists {
    let (lines, candidates) = (naive.lines, Int32(naive.candidates))
    let vectors = Matrix(rows: lines.count, columns: 1, values: lines.indices.map { Float($0) })
    return AnsweredLists(judge, vectors: vectors) { vectors, requests, k in
      requests.map { request in
        let line = lines[Int(vectors.row(request.row)[0])]
        let allowed = (0..<candidates).filter { isFound($0) && !request.excluded.contains($0) }
        return Array(allowed.sorted { (line[Int($1)], $0) < (line[Int($0)], $1) }.prefix(k))
      }
    }
  }

  @Test("over full lists follows the definitions, ties ordered by candidate number", arguments: 0..<5)
  func exact(seed: Int) {
    for naive in drawn(seed, isTied: true) {
      let (judge, wanted) = (judge(naive), strict(naive))
      let (judgement, kept) = judge.judgeKeepingLists(FixedScores(lines: naive.lines))
      #expect(judgement.metrics("m") == judge.judge(FixedScores(lines: naive.lines)).metrics("m"))
      for lists in [kept, lists(naive, judge) { _ in true }] {
        let judgement = judge.judge(lists)
        for k in Self.ks {
          for measure in [Measure.hitRate, .novelty, .popularityBias] {
            let value = judgement.value(measure, naive.seenProtocol, k: k) ?? .nan
            #expect(abs(value - wanted.value(measure, k, .optimistic)) < 1e-9, "\(measure)@\(k)")
          }
        }
        // Orders of 40 candidates are too many to try; without ties the judge of scores is right by its own tests.
        let scores = FixedScores(lines: wanted.lines)
        #expect(judgement.metrics("m") == judge.judge(scores).metrics("m"))
      }
    }
  }

  @Test("over lists with missing candidates equals that of scores without them", arguments: 0..<5)
  func lossy(seed: Int) {
    for naive in drawn(seed, isTied: false) {
      let judge = judge(naive)
      let found = lists(naive, judge) { $0 % 3 > 0 }
      let scores = FixedScores(lines: naive.lines.map { line in line.enumerated().map { $0 % 3 > 0 ? $1 : .nan } })
      #expect(judge.judge(found).metrics("m") == judge.judge(scores).metrics("m"))
    }
  }

  @Test("is reported beside exhaustive search, with the recall of the index", arguments: 0..<3)
  func assessment(seed: Int) throws {
    for naive in drawn(seed, isTied: false) {
      let judge = judge(naive)
      let (judgement, exact) = judge.judgeKeepingLists(FixedScores(lines: naive.lines))
      let index = lists(naive, judge) { $0 % 5 > 0 }
      let metrics = IndexAssessment(judge, exact: exact, index: index, resamples: 200, seed: 1).metrics
      func metric(_ name: String, _ k: Int) throws -> IndexMetric {
        try #require(
          metrics.first { $0.name == name && $0.k == k && $0.seenProtocol == naive.seenProtocol.rawValue })
      }
      for k in Self.ks {
        let shares = naive.queries.map { query in
          let best = naive.list(query, k)
          return Double(best.count { $0 % 5 > 0 }) / Double(best.count)
        }
        let recall = try metric(IndexMetric.recall, k)
        #expect(abs(recall.value - shares.reduce(0, +) / Double(shares.count)) < 1e-6 && recall.exact == 1)
        for name in [IndexMetric.recall] + Measure.ofQuality.map(\.name) {
          let metric = try metric(name, k)
          let interval = try #require(metric.interval)
          let difference = try #require(metric.differenceInterval)
          #expect(interval.low <= metric.value && metric.value <= interval.high)
          #expect(difference.low <= metric.difference && metric.difference <= difference.high)
        }
        #expect(try metric("ndcg", k).exact == judgement.value(.ndcg, naive.seenProtocol, k: k))
        #expect(try metric("ndcg", k).value == judge.judge(index).value(.ndcg, naive.seenProtocol, k: k))
        #expect(try metric("coverage", k).value <= 0.8)
      }
      let alone = self.judge(naive, threads: 1)
      let again = IndexAssessment(
        alone, exact: alone.judgeKeepingLists(FixedScores(lines: naive.lines)).1,
        index: lists(naive, alone) { $0 % 5 > 0 }, resamples: 200, seed: 1)
      #expect(again.metrics == metrics)
    }
  }

  @Test("of an exact index equals that of exhaustive search, ties included")
  func complete() {
    for naive in drawn(9, isTied: true) {
      let judge = judge(naive)
      let exact = judge.judgeKeepingLists(FixedScores(lines: naive.lines)).1
      let assessment = IndexAssessment(
        judge, exact: exact, index: lists(naive, judge) { _ in true }, resamples: 100, seed: 1)
      for metric in assessment.metrics {
        #expect(metric.difference == 0)
        if let interval = metric.differenceInterval { #expect(interval == Interval(low: 0, high: 0)) }
      }
      #expect(assessment.metrics.count == 2 * Self.ks.count * (Measure.allCases.filter { $0 != .auc }.count + 2))
    }
  }
}
