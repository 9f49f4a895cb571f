import Kernels
import MetricTable
import Testing

@testable import Evaluation

@Suite("Judging")
struct JudgeTests {
  private func judge(_ naive: NaiveEvaluation, _ ks: [Int], _ ties: TieRule, threads: Int = 2) -> Judge {
    Judge(naive.judged, counts: naive.counts, ks: ks, ties: ties, threads: threads)
  }

  @Test("follows the definitions, with ties, repeats, unknown and seen candidates", arguments: 0..<6)
  func definitions(seed: Int) {
    let ks = [3, 1, 7, 20]
    for naive in NaiveEvaluation.drawn(UInt64(seed)) {
      for ties in TieRule.allCases {
        let judgement = judge(naive, ks, ties).judge(FixedScores(lines: naive.lines))
        for k in ks {
          for measure in Measure.allCases where measure != .auc {
            let value = judgement.value(measure, naive.seenProtocol, k: k) ?? .nan
            let wanted = naive.value(measure, k, ties)
            #expect(
              abs(value - wanted) < 1e-12, "\(naive.seenProtocol), \(ties), \(measure)@\(k): \(value), not \(wanted)")
          }
          let coverage = Metrics(rows: judgement.metrics("m")).value("m", naive.seenProtocol.rawValue, "coverage", k)
          #expect(abs((coverage ?? .nan) - naive.coverage(k)) < 1e-12)
        }
      }
    }
  }

  @Test("tells by how much one judgement is ahead of another, and the error of that query by query")
  func difference() throws {
    for naive in NaiveEvaluation.drawn(3, queries: 12, candidates: 60, pairs: 100, levels: 1000) {
      let judge = judge(naive, [5], .expected)
      let first = judge.judge(FixedScores(lines: naive.lines))
      let second = judge.judge(FixedScores(lines: naive.lines.map { $0.map { -$0 } }))
      let seen = naive.seenProtocol
      #expect(first.difference(from: first, .recall, seen, k: 5) == Estimate(value: 0, standardError: 0))
      let lead = try #require(first.difference(from: second, .recall, seen, k: 5))
      let values = try [first, second].map { try #require($0.estimate(.recall, seen, k: 5)) }
      #expect(abs(lead.value - (values[0].value - values[1].value)) < 1e-12)
      // Paired or not, the error of a difference is at most the sum of both.
      #expect(lead.standardError > 0 && lead.standardError <= values[0].standardError + values[1].standardError + 1e-12)
      #expect(first.difference(from: second, .recall, seen, k: 6) == nil)
    }
  }

  @Test("measures the AUC among candidates that training has no pair of, if these alone compete", arguments: 0..<20)
  func auc(seed: Int) {
    for naive in NaiveEvaluation.drawn(UInt64(seed), pairs: 9).map(\.withNewTargetsAlone) where !naive.test.isEmpty {
      let judgement = Judge(
        naive.judged, counts: naive.counts, ks: [2], ties: .expected, newOnly: true, threads: 2
      ).judge(FixedScores(lines: naive.lines))
      guard let wanted = naive.value(.auc, 2, .expected).finite else { continue }
      let value = judgement.value(.auc, naive.seenProtocol, k: 2) ?? .nan
      #expect(abs(value - wanted) < 1e-12, "\(naive.seenProtocol): \(value), not \(wanted)")
    }
  }

  @Test(
    "gives scores that all queries share what it gives them query by query", arguments: [1, 2, 5, 1000] as [UInt64])
  func shared(levels: UInt64) {
    struct Popular: HistoryScores {
      let line: [Float]
      var sharedScores: [Float]? { line }
      func score(_ history: ArraySlice<Int32>, into scores: UnsafeMutableBufferPointer<Float>) {}
    }
    for naive in NaiveEvaluation.drawn(levels, queries: 12, candidates: 60, pairs: 100, levels: levels) {
      let line = naive.lines[0]
      let judge = judge(naive, [1, 5, 70], .expected)
      let lines = [[Float]](repeating: line, count: naive.lines.count)
      #expect(judge.judge(Popular(line: line)).metrics("m") == judge.judge(FixedScores(lines: lines)).metrics("m"))
    }
  }

  @Test("gives drawn orders what it gives their places as scores", arguments: [false, true])
  func drawn(newOnly: Bool) {
    struct Scored: HistoryScores {
      let random: RandomScores
      func score(_ history: ArraySlice<Int32>, into scores: UnsafeMutableBufferPointer<Float>) {
        random.score(history, into: scores)
      }
    }
    for naive in NaiveEvaluation.drawn(7, queries: 12, candidates: 60, pairs: 100, levels: 5) {
      let judge = Judge(
        naive.judged, counts: naive.counts, ks: [1, 5, 70], ties: .expected, newOnly: newOnly, threads: 2)
      let random = RandomScores(seed: 3)
      #expect(judge.judge(random).metrics("m") == judge.judge(Scored(random: random)).metrics("m"))
    }
  }

  @Test("gives the same lists and ranks for one tile and for many, with and without ties")
  func tiles() {
    for levels in [1, 3, 40, 1_000_000] as [UInt64] {
      let ks = [1, 10, 50, 400]
      for measured in NaiveEvaluation.drawn(levels, queries: 12, candidates: 150, pairs: 120, levels: levels) {
        let judge = judge(measured, ks, .expected)
        let judgement = judge.judge(FixedScores(lines: measured.lines))
        #expect(
          judgement.metrics("m")
            == judge.judge(FixedScores(lines: measured.lines, tileWidth: 1024)).metrics("m"))
        for k in ks {
          let value = judgement.value(.hitRate, measured.seenProtocol, k: k) ?? .nan
          #expect(abs(value - measured.hitRate(k, .expected)) < 1e-12, "\(levels) levels, k = \(k)")
          let novelty = judgement.value(.novelty, measured.seenProtocol, k: k) ?? .nan
          #expect(abs(novelty - measured.value(.novelty, k, .expected)) < 1e-9)
        }
      }
    }
  }

  @Test("gives a constant model 1 by TFRS's tie rule, its fair share by the expected one, 0 by the pessimistic one")
  func constant() {
    let judged = JudgedQueries(
      test: NumberedPairs(queries: [1, 2, 3], candidates: [0, 1, 2]), train: NumberedPairs(queries: [], candidates: []),
      queryCount: 4, candidateCount: 10)
    let scores = FixedScores(lines: [[Float]](repeating: [Float](repeating: 1, count: 10), count: 3))
    for (ties, wanted) in [(TieRule.optimistic, 1.0), (.expected, 0.2), (.pessimistic, 0)] {
      let judge = Judge(judged, counts: [Int32](repeating: 0, count: 10), ks: [2], ties: ties, threads: 1)
      #expect(abs((judge.judge(scores).value(.hitRate, .included, k: 2) ?? .nan) - wanted) < 1e-12)
    }
  }

  private func alone(_ scores: [Float], target: Int32, train: [Int32] = [], k: Int) -> Judgement {
    let judged = JudgedQueries(
      test: NumberedPairs(queries: [0], candidates: [target]),
      train: NumberedPairs(queries: train.map { _ in 0 }, candidates: train), queryCount: 1,
      candidateCount: scores.count)
    return Judge(judged, counts: scores.map { _ in 1 }, ks: [k], ties: .optimistic, threads: 1)
      .judge(FixedScores(lines: [scores]))
  }

  @Test("accepts k greater than the catalog")
  func longLists() {
    #expect(alone([3, 2, 1], target: 2, k: .max).value(.recall, .included, k: .max) == 1)
  }

  @Test("ignores candidates whose score is NaN")
  func notNumbers() {
    #expect(alone([.nan, 2, .nan, 1], target: 0, k: 4).value(.hitRate, .included, k: 4) == 0)
    #expect(alone([.nan, 2, .nan, 1], target: 3, k: 2).value(.hitRate, .included, k: 2) == 1)
    #expect(alone([-.infinity, 2], target: 0, k: 2).value(.hitRate, .included, k: 2) == 0)
  }

  @Test("never excludes the target as seen")
  func targetStays() {
    // The query had candidate 0 in training and again in the test, where two others that were seen score higher.
    let judgement = alone([5, 9, 8, 1], target: 0, train: [0, 1, 2], k: 1)
    #expect(judgement.value(.hitRate, .included, k: 1) == 0)
    #expect(judgement.value(.hitRate, .excluded, k: 1) == 1)
    #expect(judgement.value(.recall, .excluded, k: 1) == nil, "nothing is new to the query")
  }

  @Test("gives the same numbers on any number of threads")
  func threads() {
    let naive = NaiveEvaluation.drawn(77, queries: 90, candidates: 100, pairs: 900)[0]
    let rows = [1, 2, 3].map { threads in
      judge(naive, [1, 5, 30], .expected, threads: threads).judge(FixedScores(lines: naive.lines)).metrics("m")
    }
    #expect(rows[0] == rows[1])
    #expect(rows[0] == rows[2])
  }

  @Test("counts popularity in the train part only")
  func popularity() {
    let scorer = PopularityScores(counts: [1, 3, 0, 1])
    for history in [[], [2]] as [[Int32]] {
      var line = [Float](repeating: -1, count: 4)
      line.withUnsafeMutableBufferPointer { scorer.score(history[...], into: $0) }
      #expect(line == [1, 3, 0, 1])
    }
  }
}
