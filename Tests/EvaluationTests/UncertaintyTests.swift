import Foundation
import Kernels
import MetricTable
import RandomNumbers
import Testing

@testable import Evaluation

@Suite("Uncertainty")
struct UncertaintyTests {
  private func assessment(_ levels: UInt64, resamples: Int, threads: Int = 2, same: Bool = false) -> Assessment {
    let naive = NaiveEvaluation.drawn(5, queries: 120, candidates: 30, pairs: 900, levels: 50)[0]
    let other = NaiveEvaluation.drawn(levels, queries: 120, candidates: 30, pairs: 900, levels: 50)[0]
    let judged = naive.judged
    let judge = Judge(judged, counts: naive.counts, ks: [5], ties: .optimistic, threads: 1)
    let lines = naive.lines
    let others = same ? lines : judged.queries.map { other.scores[$0] ?? [] }
    let thirds = SliceDimension(names: ["a", "b"], places: judged.queries.map { Int($0 % 2) })
    return Assessment(
      [
        Assessment.Entry("m", judge.judge(FixedScores(lines: lines))),
        Assessment.Entry("other", judge.judge(FixedScores(lines: others))),
      ], slices: QuerySlices([thirds]), resamples: resamples, seed: 11, threads: threads)
  }

  @Test("weights of a resample are Poisson draws with mean 1")
  func poisson() {
    var random = RandomGenerator(seed: 1)
    var weights = [Float](repeating: -1, count: 200_001)
    weights.withUnsafeMutableBufferPointer { PoissonWeights().draw(&random, into: $0) }
    var probability = exp(-1.0)
    for weight in 0..<6 {
      if weight > 0 { probability /= Double(weight) }
      let share = Double(weights.count { $0 == Float(weight) }) / Double(weights.count)
      #expect(abs(share - probability) < 4 * (probability / Double(weights.count)).squareRoot(), "\(weight)")
    }
  }

  @Test("a 95 % interval leaves out a fortieth of the values at either end")
  func interval() throws {
    let interval = try #require(Interval(middleOf: (0..<1000).map { Float(($0 * 617) % 1000) } + [.nan]))
    #expect(interval == Interval(low: 25, high: 974))
    #expect(Interval(middleOf: [Float.nan, 1]) == nil)
  }

  @Test("the interval of a mean matches its standard error, for all queries and for slices")
  func bootstrap() throws {
    let assessment = assessment(6, resamples: 2000)
    let sums = assessment.entries[0].judgement.sums
    for (slice, isIn) in [("all", { (_: Int) in true }), ("a", { $0 % 2 == 0 })] {
      let metric = try #require(
        assessment.metrics.first { $0.model == "m" && $0.name == "recall" && $0.slice == slice })
      let queries = (0..<sums.count).filter {
        isIn(Int(assessment.entries[0].judgement.judge.judged.queries[$0]))
          && sums.row($0)[sums.layout.base(.queries, .included)] == 1
      }
      let values = queries.map { sums.row($0)[sums.layout.column(.recall, .included, 0)] }
      let variance = values.reduce(0) { $0 + ($1 - metric.value) * ($1 - metric.value) } / Double(values.count)
      let error = (variance / Double(values.count)).squareRoot()
      let interval = try #require(metric.interval)
      #expect(abs(interval.low - (metric.value - 1.96 * error)) < 0.25 * error, "\(slice)")
      #expect(abs(interval.high - (metric.value + 1.96 * error)) < 0.25 * error, "\(slice)")
    }
  }

  @Test("the difference of two models has an interval, which covers 0 if both rank at random")
  func chance() throws {
    let comparison = try #require(
      assessment(6, resamples: 1000).comparisons.first { $0.name == "recall" && $0.seenProtocol == "seen-included" })
    let interval = try #require(comparison.interval)
    #expect(interval.low < comparison.difference && comparison.difference < interval.high)
    let p = try #require(comparison.p)
    #expect((p > 0.05) == (interval.low < 0 && 0 < interval.high))
    let same = assessment(6, resamples: 100, same: true).comparisons
    #expect(same.count == 12)
    #expect(same.allSatisfy { $0.difference == 0 && $0.p == 1 && $0.interval == Interval(low: 0, high: 0) })
  }

  @Test("sign flips give the exact p-value for few queries")
  func flips() throws {
    // Five queries, all of which the first model answers and the second does not: of 32 signs two are so extreme.
    let judged = JudgedQueries(
      test: NumberedPairs(queries: [0, 1, 2, 3, 4], candidates: [0, 0, 0, 0, 0]),
      train: NumberedPairs(queries: [], candidates: []), queryCount: 5, candidateCount: 2)
    let judge = Judge(judged, counts: [1, 1], ks: [1], ties: .optimistic, threads: 1)
    let entries = [[2, 1], [1, 2]].map { (line: [Float]) in
      Assessment.Entry("m", judge.judge(FixedScores(lines: [[Float]](repeating: line, count: 5))))
    }
    let comparison = try #require(
      Assessment(entries, slices: QuerySlices(), resamples: 4000, seed: 3, threads: 1).comparisons.first)
    #expect(comparison.difference == 1)
    #expect(abs((comparison.p ?? 0) - 2.0 / 32) < 0.016)
  }

  @Test("resamples are the same on any number of threads, and 0 of them give no intervals")
  func threads() {
    let outcomes = [1, 3].map { assessment(6, resamples: 300, threads: $0) }
    #expect(outcomes[0].metrics == outcomes[1].metrics)
    #expect(outcomes[0].comparisons == outcomes[1].comparisons)
    let without = assessment(6, resamples: 0)
    #expect(without.metrics.allSatisfy { $0.interval == nil })
    #expect(without.comparisons.allSatisfy { $0.interval == nil && $0.p == nil })
  }
}
