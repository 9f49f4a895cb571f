import Artifacts
import Interactions
import Kernels
import Tables
import TestKit
import Testing

@testable import TwoTower

@Suite("A tower of histories")
struct HistoryTowerTests {
  private static let bags = [HistoryBag(decay: 0.7, last: 3), HistoryBag(decay: nil, last: 4)]
  private static let dimension = 5
  /// What three queries chose in order; one chose nothing, and one has repeats.
  private static let choices: [[Int32]] = [[3, 1, 4, 1, 5, 2, 6], [], [2, 2, 8, 7, 2, 6, 5, 3, 1]]

  private let sequences: ChosenSequences
  private let tables: [Matrix]

  init() {
    let pairs = Self.choices.enumerated().flatMap { query, chosen in chosen.map { (query + 1, $0) } }
    // Times go on within a query, and pairs come in no order.
    let order = [Int](pairs.indices).sorted { ($0 * 7 % 16, $0) < ($1 * 7 % 16, $1) }
    sequences = ChosenSequences(
      queries: order.map { EmbeddingRow(index: pairs[$0].0) },
      candidates: order.map { EmbeddingRow(index: pairs[$0].1) },
      times: order.map { Double($0) }, queryCount: 3)
    var cases = Cases(77)
    tables = (0..<2).map { _ in cases.model(queries: 2, candidates: 9, dimension: Self.dimension).candidates }
  }

  private var tower: HistoryTower { HistoryTower(Self.bags, tables: tables, sequences: sequences) }

  /// The vector of a position by its definition.
  private func wanted(_ query: Int, _ position: Int, without: Set<Int> = []) -> [Double] {
    let history = Self.choices[query].prefix(position)
    var vector = [Double](repeating: 0, count: Self.dimension)
    for (bag, table) in zip(Self.bags, tables) {
      let newest = history.indices.suffix(bag.last).filter { !without.contains($0) }
      for choice in newest {
        let weight =
          bag.decay.map { power($0, position - 1 - choice) } ?? 1 / Double(newest.count).squareRoot()
        for column in 0..<Self.dimension {
          vector[column] += weight * Double(table[Int(history[choice]), column])
        }
      }
    }
    return vector
  }

  private func power(_ base: Float, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1.0) { power, _ in power * Double(base) }
  }

  private var positions: [(query: Int, position: Int)] {
    Self.choices.enumerated().flatMap { query, chosen in (0...chosen.count).map { (query, $0) } }
  }

  private func expect(_ row: [Float], _ wanted: [Double]) {
    for (value, want) in zip(row, wanted) { #expect(abs(Double(value) - want) < 1e-5, "\(row), not \(wanted)") }
  }

  @Test("gives each position the decayed and the mean bag of what came before, however its rows are asked for")
  func vectors() {
    #expect(sequences.rowCount == positions.count + 1)
    let all = tower.allVectors(threads: 2)
    #expect(all.row(0) == [0, 0, 0, 0, 0])
    for (query, position) in positions {
      let row = sequences.row(query: query, position: position)
      #expect(sequences.place(row) == (query, position))
      expect(all.row(Int(row.index)), wanted(query, position))
      expect(tower.vectors(of: [row], threads: 1).row(0), wanted(query, position))
    }
  }

  @Test("leaves choices out of histories, and knows where nothing is left")
  func dropout() {
    let out: Set<Int> = [0, 2, 3]
    let starts = [0, 7, 7]
    var kept = [Bool](repeating: true, count: 16)
    for choice in out { kept[starts[2] + choice] = false }
    let tower = tower.keeping(kept)
    let vectors = tower.allVectors(threads: 1)
    for position in 0...9 {
      let row = sequences.row(query: 2, position: position)
      expect(vectors.row(Int(row.index)), wanted(2, position, without: out))
    }
    #expect(!tower.hasHistory(query: 2, position: 0) && !tower.hasHistory(query: 2, position: 1))
    #expect(tower.hasHistory(query: 2, position: 2))
  }

  @Test(
    "has the gradients of finite differences, with the same bits on any number of threads", arguments: [false, true])
  func finiteDifferences(leavesOut: Bool) {
    let kept = (0..<16).map { !leavesOut || $0 % 5 != 2 }
    let tower = tower.keeping(kept)
    let rows = [0, 2, 3, 4, 7, 8, 10, 11, 12, 13, 18].map { EmbeddingRow(index: $0) }
    var cases = Cases(3)
    let upstream = cases.model(queries: 2, candidates: rows.count, dimension: Self.dimension).candidates
    // The function whose gradient is `upstream`: Σ upstream · vectors.
    func value() -> Double {
      let vectors = tower.vectors(of: rows, threads: 1)
      return (0..<rows.count).reduce(0) { sum, row in
        zip(vectors.row(row), upstream.row(row)).reduce(sum) { $0 + Double($1.0) * Double($1.1) }
      }
    }
    let counts = [Float](repeating: 1, count: rows.count)
    let gradients = tower.pullBack(upstream.copy(), of: rows, occurrences: counts, threads: 1)
    let shared = tower.pullBack(upstream.copy(), of: rows, occurrences: counts, threads: 3)
    for (number, table) in tables.enumerated() {
      #expect(gradients[number].matrix.values == shared[number].matrix.values)
      #expect(gradients[number].rows == Array(Set(gradients[number].rows)).sorted())
      for candidate in 0..<9 {
        let place = gradients[number].rows.firstIndex(of: EmbeddingRow(index: candidate))
        for column in 0..<Self.dimension {
          let before = table[candidate, column]
          table[candidate, column] = before + 0.01
          let above = value()
          table[candidate, column] = before - 0.01
          let below = value()
          table[candidate, column] = before
          let found = place.map { Double(gradients[number].matrix[$0, column]) } ?? 0
          #expect(abs((above - below) / 0.02 - found) < 1e-3)
        }
      }
    }
  }
}
