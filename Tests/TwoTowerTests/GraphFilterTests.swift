import Artifacts
import Kernels
import LinearAlgebra
import Tables
import TestKit
import Testing

@testable import TwoTower

@Suite("Graph filter")
struct GraphFilterTests {
  /// Rows of 0 are unknown; query 29 and candidate 39 have no pair.
  private func training(
    weighted: Bool = false, power: Double = 1, dimension: Int = 38, epochs: Int = 3, threads: Int = 1
  ) throws -> GraphFilter {
    var cases = Cases(31)
    var pairs = cases.trainingPairs(300, queries: 29, candidates: 39)
    if weighted { pairs.weights = (0..<300).map { _ in Float(cases.number(below: 5)) / 2 } }
    var settings = GraphFilter.Settings()
    settings.length.epochs = epochs
    settings.power = power
    settings.threads = threads
    let model = cases.model(queries: 30, candidates: 40, dimension: dimension, scale: 0.3)
    return try GraphFilter(model, pairs: pairs.training, settings: settings)
  }

  /// Queries by candidates, without the unknown ones.
  private func interactions(weighted: Bool) throws -> [[Double]] {
    var cases = Cases(31)
    var pairs = cases.trainingPairs(300, queries: 29, candidates: 39)
    if weighted { pairs.weights = (0..<300).map { _ in Float(cases.number(below: 5)) / 2 } }
    var matrix = [[Double]](repeating: [Double](repeating: 0, count: 39), count: 29)
    for (place, (query, candidate)) in zip(pairs.queries, pairs.candidates).enumerated()
    where query > 0 && candidate > 0 {
      let weight = Double(pairs.weights?[place] ?? 1)
      matrix[Int(query) - 1][Int(candidate) - 1] = max(matrix[Int(query) - 1][Int(candidate) - 1], weight)
    }
    return matrix
  }

  private func product(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
    a.map { row in b[0].indices.map { column in row.indices.reduce(0) { $0 + row[$1] * b[$1][column] } } }
  }

  @Test("with all dimensions and power 2, scores are X RᵀR", arguments: [false, true])
  func wholeSpectrum(weighted: Bool) throws {
    let x = try interactions(weighted: weighted)
    let (rows, columns) = (x.map { $0.reduce(0, +) }, (0..<39).map { column in x.reduce(0) { $0 + $1[column] } })
    let r = x.indices.map { row in
      (0..<39).map { column in
        let weight = rows[row] * columns[column]
        return weight > 0 ? x[row][column] / weight.squareRoot() : 0
      }
    }
    let transposed = (0..<39).map { column in r.map { $0[column] } }
    let wanted = product(x, product(transposed, r))
    let training = try training(weighted: weighted, power: 2)
    _ = try training.train()
    let model = training.result
    for query in 0..<29 where rows[query] > 0 {
      for candidate in 0..<39 {
        let score = Double(
          model.queries.dot(row: query + 1, with: model.candidates, row: candidate + 1))
        #expect(abs(score - wanted[query][candidate]) < 1e-4, "\(query), \(candidate)")
      }
    }
  }

  @Test("of fewer dimensions, more epochs leave out no more of the energy; the rest is left out in any case")
  func epochs() throws {
    let training = try training(dimension: 5, epochs: 12)
    let losses = try training.train().map(\.lossPerPair)
    for (before, after) in zip(losses, losses.dropFirst()) { #expect(after < before + 1e-6) }
    #expect(losses.allSatisfy { 0.1...0.95 ~= $0 })
    #expect(try self.training(dimension: 38).train().last.map { $0.lossPerPair < 1e-3 } == true)
  }

  @Test("a known query's history folds in to its vector")
  func foldIn() throws {
    let training = try training(dimension: 7)
    _ = try training.train()
    let model = training.result
    let known = try interactions(weighted: false)[4].enumerated().filter { $0.element > 0 }
    let vectors = FoldIn(model).vectors(for: [known.map { CandidateNumber(Int32($0.offset)) }], threads: 1)
    #expect(vectors.row(0) == model.queries.row(5))
  }

  @Test("has the same bits on any number of threads, and more dimensions than candidates are zeros")
  func threads() throws {
    let (one, three) = (try training(dimension: 64), try training(dimension: 64, threads: 3))
    _ = try one.train()
    _ = try three.train()
    #expect(one.result.candidates.row(7) == three.result.candidates.row(7))
    #expect(one.result.queries.row(7) == three.result.queries.row(7))
    #expect(one.result.candidates.row(7).suffix(20).allSatisfy { $0 == 0 })
  }
}
