import Kernels
import LinearAlgebra
import RandomNumbers
import Tables
import Testing

@testable import TwoTower

@Suite("Segments of histories")
struct HistorySegmentsTests {
  /// Histories of one query or more, each choice with its time.
  private func histories(
    _ choices: [(query: Int32, candidate: Int32, time: Double, weight: Float)], candidates: Int
  ) -> (matrix: SparseMatrix, pairs: TrainingPairs, times: [Double]) {
    let queries = 1 + Int(choices.map(\.query).max() ?? 0)
    let weights = choices.map(\.weight)
    return (
      SparseMatrix(
        rowCount: queries, columnCount: candidates, rows: choices.map(\.query), columns: choices.map(\.candidate),
        values: weights),
      TrainingPairs(
        queries: choices.map { EmbeddingRow(index: 1 + $0.query) },
        candidates: choices.map { EmbeddingRow(index: 1 + $0.candidate) }, weights: weights),
      choices.map(\.time)
    )
  }

  /// One query that chose each of `count` candidates once, in another order than that of their numbers.
  private func long(_ count: Int32, time: (Int32) -> Double = { Double($0) }) -> (
    matrix: SparseMatrix, pairs: TrainingPairs, times: [Double]
  ) {
    histories(
      (0..<count).map { (query: 0, candidate: $0 * 7 % count, time: time($0), weight: 1) }, candidates: Int(count))
  }

  private func cut(
    _ data: (matrix: SparseMatrix, pairs: TrainingPairs, times: [Double]), length: Int, queries: [Int] = [0],
    seed: UInt64 = 1
  ) throws -> SparseMatrix {
    var random = RandomGenerator(seed: seed, stream: "test")
    return try HistorySegments(data.matrix, of: data.pairs, times: data.times, length: length)
      .cut(queries, from: &random)
  }

  @Test("are runs of consecutive choices, which have each choice once")
  func runs() throws {
    let data = long(100)
    let segments = try cut(data, length: 5)
    #expect(segments.count == 100 && segments.rowCount > 5)
    var place = 0
    for row in 0..<segments.rowCount {
      let run = (place..<place + segments.row(row).count).map { Int32($0 * 7 % 100) }
      #expect(Array(segments.row(row)) == run.sorted())
      place += run.count
    }
  }

  @Test("have choices d apart together as often as the formula says")
  func nearness() throws {
    let (count, draws, length) = (40, 2000, 8)
    let data = long(Int32(count))
    var random = RandomGenerator(seed: 3, stream: "test")
    let segments = try HistorySegments(data.matrix, of: data.pairs, times: data.times, length: length)
      .cut([Int](repeating: 0, count: draws), from: &random)
    var together = [Int](repeating: 0, count: count)
    for row in 0..<segments.rowCount {
      // 23 is the inverse of 7 modulo 40.
      let places = segments.row(row).map { Int($0) * 23 % count }
      for first in places { for other in places where other > first { together[other - first] += 1 } }
    }
    for apart in [1, 4, 12] {
      let found = Double(together[apart]) / Double(draws * (count - apart))
      let wanted = (0..<apart).reduce(1.0) { product, _ in product * (1 - 1 / Double(length)) }
      #expect(abs(found - wanted) < 0.01, "\(apart) apart")
    }
  }

  @Test("never part choices of the same time")
  func ties() throws {
    #expect(try cut(long(50) { _ in 7 }, length: 2).rowCount == 1)
    let baskets = try cut(long(60) { Double($0 / 6) }, length: 2)
    for row in 0..<baskets.rowCount { #expect(baskets.row(row).count % 6 == 0) }
    #expect(baskets.rowCount == 10, "with six draws a basket, all but surely each is cut from the next")
  }

  @Test("count a repeated choice from its first time, with its greatest weight, and leave out what weighs nothing")
  func repeats() throws {
    let data = histories(
      [(0, 2, 30, 1), (0, 1, 10, 0), (0, 2, 5, 3), (0, 0, 20, 2), (1, 0, 1, 1)], candidates: 3)
    var seen: Set<[[Float]]> = []
    for seed in 0..<40 {
      let segments = try cut(data, length: 2, seed: UInt64(seed))
      seen.insert(
        (0..<segments.rowCount).map { row in
          var values: [Float] = [-1, -1, -1]
          segments.forEach(in: row) { values[$0] = $1 }
          return values
        })
    }
    // Candidate 2 comes first, then 1, which weighs nothing, then 0.
    #expect(
      seen == [[[2, 0, 3]], [[-1, 0, 3], [2, -1, -1]], [[-1, -1, 3], [2, 0, -1]], [[-1, -1, 3], [2, -1, -1]]])
  }

  @Test("teach an autoencoder and a filter what goes together where whole histories cannot")
  func learning() throws {
    // All queries choose all of four groups of three candidates, group by group in an order of their own.
    var random = RandomGenerator(seed: 5, stream: "test")
    let choices = (0..<30).flatMap { query in
      random.permutation(4).flatMap { group in random.permutation(3).map { 3 * group + $0 } }.enumerated()
        .map { (query: Int32(query), candidate: Int32($1), time: Double($0), weight: Float(1)) }
    }
    let pairs = TrainingPairs(
      queries: choices.map { EmbeddingRow(index: 1 + $0.query) },
      candidates: choices.map { EmbeddingRow(index: 1 + $0.candidate) })
    func lead(_ model: Model) -> Float {
      var (same, other) = ([Float](), [Float]())
      for first in 0..<12 {
        for second in 0..<first {
          let score = model.candidates.dot(row: 1 + first, with: model.candidates, row: 1 + second)
          if first / 3 == second / 3 { same.append(score) } else { other.append(score) }
        }
      }
      func mean(_ scores: [Float]) -> Float { scores.reduce(0, +) / Float(scores.count) }
      return (mean(same) - mean(other)) / mean((same + other).map(abs))
    }
    for length in [0, 3] {
      var cases = Cases(6)
      let model = { cases.model(queries: 31, candidates: 13, dimension: 4, scale: 0.3) }
      var settings = LinearAutoencoder.Settings()
      settings.segmentLength = length
      settings.length.epochs = 60
      let autoencoder = try LinearAutoencoder(
        model(), pairs: pairs, times: choices.map(\.time), settings: settings)
      _ = try autoencoder.train()
      var filterSettings = GraphFilter.Settings()
      filterSettings.segmentLength = length
      let filter = try GraphFilter(model(), pairs: pairs, times: choices.map(\.time), settings: filterSettings)
      _ = try filter.train()
      for learnt in [autoencoder.result, filter.result] {
        #expect(length > 0 ? lead(learnt) > 0.5 : abs(lead(learnt)) < 0.1, "\(length): \(lead(learnt))")
      }
    }
  }

  @Test("of choices at one time are whole histories: the autoencoder is the same bit for bit")
  func oneTime() throws {
    func candidates(length: Int) throws -> [Float] {
      var cases = Cases(9)
      let pairs = cases.trainingPairs(200, queries: 19, candidates: 29)
      var settings = LinearAutoencoder.Settings()
      settings.length.epochs = 2
      settings.segmentLength = length
      let training = try LinearAutoencoder(
        cases.model(queries: 20, candidates: 30, dimension: 5), pairs: pairs.training,
        times: [Double](repeating: 3, count: 200), settings: settings)
      _ = try training.train()
      return training.result.candidates.values
    }
    #expect(try candidates(length: 4) == candidates(length: 0))
  }
}
