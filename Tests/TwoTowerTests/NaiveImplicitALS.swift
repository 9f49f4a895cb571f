import Kernels

@testable import TwoTower

/// The formula of implicit alternating least squares in plain doubles, over all pairs of rows.
struct NaiveImplicitALS {
  var queries: [[Double]]
  var candidates: [[Double]]
  /// By query and candidate; 0 where there is no pair.
  private var weights: [[Double]]
  private var isChosen: [[Bool]]
  private let objective: ImplicitALSObjective

  init(_ model: Model, _ pairs: DrawnPairs, _ objective: ImplicitALSObjective) {
    self.objective = objective
    queries = (1..<model.queries.rows).map { model.queries.row($0).map(Double.init) }
    candidates = (1..<model.candidates.rows).map { model.candidates.row($0).map(Double.init) }
    weights = queries.map { _ in [Double](repeating: 0, count: model.candidates.rows - 1) }
    isChosen = queries.map { _ in [Bool](repeating: false, count: model.candidates.rows - 1) }
    for pair in 0..<pairs.count where pairs.queries[pair] > 0 && pairs.candidates[pair] > 0 {
      let (query, candidate) = (Int(pairs.queries[pair]) - 1, Int(pairs.candidates[pair]) - 1)
      isChosen[query][candidate] = true
      weights[query][candidate] = max(weights[query][candidate], Double(pairs.weights?[pair] ?? 1))
    }
    // By the formula rows without pairs are 0.
    for query in queries.indices where !isChosen[query].contains(true) {
      queries[query] = queries[query].map { _ in 0 }
    }
    for candidate in candidates.indices where !isChosen.contains(where: { $0[candidate] }) {
      candidates[candidate] = candidates[candidate].map { _ in 0 }
    }
  }

  func hasPairs(query: Int) -> Bool { isChosen[query].contains(true) }

  /// Rows with pairs of some weight.
  private var queryCount: Int { weights.count { $0.contains { $0 > 0 } } }
  private var candidateCount: Int {
    candidates.indices.count { candidate in weights.contains { $0[candidate] > 0 } }
  }

  private func penalty(_ weight: Double, _ others: Int) -> Double {
    let frequency = weight + objective.unobservedWeight * Double(others)
    let power =
      switch objective.exponent {
      case 0: 1.0
      case 0.5: frequency.squareRoot()
      default: frequency
      }
    return objective.regularization * power
  }

  mutating func sweep() {
    queries = weights.map { solution($0, against: candidates, candidateCount) }
    candidates = candidates.indices.map { candidate in
      solution(weights.map { $0[candidate] }, against: queries, queryCount)
    }
  }

  private func solution(_ weights: [Double], against others: [[Double]], _ count: Int) -> [Double] {
    let dimension = others[0].count
    var system = [[Double]](repeating: [Double](repeating: 0, count: dimension + 1), count: dimension)
    for (other, weight) in zip(others, weights) {
      for i in 0..<dimension {
        for j in 0..<dimension { system[i][j] += (weight + objective.unobservedWeight) * other[i] * other[j] }
        system[i][dimension] += weight * other[i]
      }
    }
    for i in 0..<dimension { system[i][i] += penalty(weights.reduce(0, +), count) }
    // Gauss & Jordan; a positive definite system needs no pivoting.
    for pivot in 0..<dimension {
      let line = system[pivot].map { $0 / system[pivot][pivot] }
      for row in 0..<dimension where row != pivot {
        let factor = system[row][pivot]
        system[row] = zip(system[row], line).map { $0 - factor * $1 }
      }
      system[pivot] = line
    }
    return system.map { $0[dimension] }
  }

  var value: Double {
    func squared(_ row: [Double]) -> Double { row.reduce(0) { $0 + $1 * $1 } }
    var value = 0.0
    for (query, line) in zip(queries, weights) {
      for (candidate, weight) in zip(candidates, line) {
        let score = zip(query, candidate).reduce(0) { $0 + $1.0 * $1.1 }
        value += weight * (score - 1) * (score - 1) + objective.unobservedWeight * score * score
      }
      value += penalty(line.reduce(0, +), candidateCount) * squared(query)
    }
    for (place, candidate) in candidates.enumerated() {
      value += penalty(weights.reduce(0) { $0 + $1[place] }, queryCount) * squared(candidate)
    }
    return value
  }
}
