import Interactions
import Kernels
import RandomNumbers
import Tables

@testable import TwoTower

/// Random models and pairs with many repeats.
struct Cases {
  private var random: RandomGenerator

  init(_ seed: UInt64) { random = RandomGenerator(seed: seed, stream: "tests") }

  mutating func number(below bound: Int) -> Int { Int(random.below(UInt64(bound))) }

  mutating func model(queries: Int, candidates: Int, dimension: Int, scale: Float = 1) -> Model {
    func vocabulary(_ column: String, _ count: Int) -> Vocabulary {
      let names = (0..<count).map { number in
        let digits = String(number)
        return String(repeating: "0", count: 6 - digits.count) + digits
      }
      return Vocabulary(column: column, values: Strings(names), counts: names.map { _ in 1 })
    }
    let vocabularies = Vocabularies(
      query: vocabulary("user", queries - 1), candidate: vocabulary("title", candidates - 1))
    return Model(
      vocabularies: vocabularies, queries: table(queries, dimension, scale),
      candidates: table(candidates, dimension, scale))
  }

  private mutating func table(_ rows: Int, _ columns: Int, _ scale: Float) -> Matrix {
    let values = (0..<rows * columns).map { _ in (random.uniform() * 2 - 1) * scale }
    return Matrix(rows: rows, columns: columns, values: values)
  }

  /// Low rows are more frequent than high ones.
  mutating func pairs(_ count: Int, queries: Int, candidates: Int) -> (queries: [Int32], candidates: [Int32]) {
    func skewed(_ bound: Int) -> Int32 { Int32(number(below: number(below: bound) + 1)) }
    return ((0..<count).map { _ in skewed(queries) }, (0..<count).map { _ in skewed(candidates) })
  }

  mutating func trainingPairs(_ count: Int, queries: Int, candidates: Int) -> DrawnPairs {
    let pairs = pairs(count, queries: queries, candidates: candidates)
    return DrawnPairs(queries: pairs.queries, candidates: pairs.candidates)
  }
}

/// Pairs as the naive formulas take them.
struct DrawnPairs {
  var queries: [Int32]
  var candidates: [Int32]
  var weights: [Float]?

  var count: Int { queries.count }

  var training: TrainingPairs { TrainingPairs(queries: queries, candidates: candidates, weights: weights) }
}
