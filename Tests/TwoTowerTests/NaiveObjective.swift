import Kernels

@testable import TwoTower

/// The loss as its formula stands, in double: every pair a row of logits against the candidates of all pairs of the
/// batch and the further negatives (or against the whole catalog), corrected, masked and cut in TFRS' order.
struct NaiveObjective {
  var loss = 0.0
  var queryGradients: [Int32: [Double]] = [:]
  var candidateGradients: [Int32: [Double]] = [:]

  /// - Parameters:
  ///   - probabilities: of each candidate row, where there is a logQ correction.
  ///   - history: what each query chose, where that is masked.
  init(
    _ model: Model, _ pairs: DrawnPairs, objective: SoftmaxObjective = SoftmaxObjective(), negatives: [Int32] = [],
    probabilities: [Double]? = nil, history: [Int32: Set<Int32>] = [:]
  ) {
    let normalisation = objective.normalisation
    let columns =
      objective.negatives == .all ? (1..<Int32(model.candidates.rows)).map { $0 } : pairs.candidates + negatives
    let a = Unit(model.queries, isNormalised: normalisation == .both)
    let b = Unit(model.candidates, isNormalised: normalisation != .none)
    let temperature = Double(objective.temperature)
    // What is the same for every pair is computed once: this runs unoptimised.
    let corrections = probabilities.map { $0.map { logarithm(min(max($0, 1e-6), 1)) } }
    var lines: [Int32: [Double]] = [:]
    func logit(_ query: Int32, _ candidate: Int32) -> Double {
      if lines[query] == nil { lines[query] = b.vectors.map { a.product(query, $0) / temperature } }
      return (lines[query]?[Int(candidate)] ?? .nan) - (corrections?[Int(candidate)] ?? 0)
    }
    /// ∂loss/∂s of each query and candidate row.
    var slopes: [Int32: [Double]] = [:]
    for i in 0..<pairs.count {
      let (query, own) = (pairs.queries[i], pairs.candidates[i])
      let label = objective.negatives == .all ? Int(own) - 1 : i
      let logits = columns.map { logit(query, $0) }
      let chosen = objective.masksPositives ? history[query, default: []] : []
      var rivals = columns.indices.filter { j in
        guard j != label else { return false }
        if columns[j] == own { return !objective.removesAccidentalHits && !objective.masksPositives }
        return !chosen.contains(columns[j])
      }
      if let limit = objective.hardNegatives {
        rivals = Array(rivals.sorted { (logits[$1], columns[$0]) < (logits[$0], columns[$1]) }.prefix(limit))
      }
      let kept = [label] + rivals
      let top = kept.map { logits[$0] }.max() ?? 0
      let exponents = kept.map { exponential(logits[$0] - top) }
      let total = exponents.reduce(0, +)
      let weight = Double(pairs.weights?[i] ?? 1)
      loss += weight * (top + logarithm(total) - logits[label])
      var line = slopes[query] ?? b.vectors.map { _ in 0 }
      for (j, exponent) in zip(kept, exponents) {
        line[Int(columns[j])] += weight * (exponent / total - (j == label ? 1 : 0)) / temperature
      }
      slopes[query] = line
    }
    for row in pairs.queries { queryGradients[row] = a.zero }
    for row in columns { candidateGradients[row] = b.zero }
    for (query, line) in slopes {
      for candidate in candidateGradients.keys where line[Int(candidate)] != 0 {
        let slope = line[Int(candidate)]
        for column in 0..<model.dimension {
          queryGradients[query]?[column] += slope * b.vectors[Int(candidate)][column]
          candidateGradients[candidate]?[column] += slope * a.vectors[Int(query)][column]
        }
      }
    }
    for (row, gradient) in queryGradients { queryGradients[row] = a.pulledBack(gradient, row) }
    for (row, gradient) in candidateGradients { candidateGradients[row] = b.pulledBack(gradient, row) }
  }

  /// Rows of a table, of unit length or as they are.
  private struct Unit {
    let isNormalised: Bool
    let lengths: [Double]
    let vectors: [[Double]]

    init(_ table: Matrix, isNormalised: Bool) {
      self.isNormalised = isNormalised
      let rows = (0..<table.rows).map { table.row($0).map { Double($0) } }
      let lengths = rows.map { isNormalised ? $0.reduce(0) { $0 + $1 * $1 }.squareRoot() : 1 }
      self.lengths = lengths
      vectors = zip(rows, lengths).map { row, length in row.map { $0 / length } }
    }

    var zero: [Double] { (vectors.first ?? []).map { _ in 0 } }

    func product(_ row: Int32, _ other: [Double]) -> Double {
      let own = vectors[Int(row)]
      return other.indices.reduce(0) { $0 + own[$1] * other[$1] }
    }

    /// ∂(E/|E|): the part of the gradient across the vector, by its length.
    func pulledBack(_ gradient: [Double], _ row: Int32) -> [Double] {
      guard isNormalised else { return gradient }
      let along = product(row, gradient)
      return zip(gradient, vectors[Int(row)]).map { ($0 - along * $1) / lengths[Int(row)] }
    }
  }
}
