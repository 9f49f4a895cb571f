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
    _ model: Model, _ pairs: TrainingPairs, objective: Objective = Objective(), negatives: [Int32] = [],
    probabilities: [Double]? = nil, history: [Int32: Set<Int32>] = [:]
  ) {
    let normalisation = objective.normalisation
    let columns =
      objective.negatives == .all ? (1..<Int32(model.candidates.rows)).map { $0 } : pairs.candidates + negatives
    let a = Unit(model.queries, isNormalised: normalisation == .both)
    let b = Unit(model.candidates, isNormalised: normalisation != .none)
    for row in pairs.queries { queryGradients[row] = a.zero }
    for row in columns { candidateGradients[row] = b.zero }
    for i in 0..<pairs.count {
      let (query, own) = (pairs.queries[i], pairs.candidates[i])
      let label = objective.negatives == .all ? Int(own) - 1 : i
      let logits = columns.map { column in
        zip(a[query], b[column]).reduce(0) { $0 + $1.0 * $1.1 } / Double(objective.temperature)
          - (probabilities.map { logarithm(min(max($0[Int(column)], 1e-6), 1)) } ?? 0)
      }
      var rivals = columns.indices.filter { j in
        guard j != label else { return false }
        if columns[j] == own { return !objective.removesAccidentalHits && !objective.masksPositives }
        return !(objective.masksPositives && history[query, default: []].contains(columns[j]))
      }
      if let limit = objective.hardNegatives {
        rivals = Array(rivals.sorted { (logits[$1], columns[$0]) < (logits[$0], columns[$1]) }.prefix(limit))
      }
      let kept = [label] + rivals
      let top = kept.map { logits[$0] }.max() ?? 0
      let total = kept.reduce(0) { $0 + exponential(logits[$1] - top) }
      let weight = Double(pairs.weights?[i] ?? 1)
      loss += weight * (top + logarithm(total) - logits[label])
      for j in kept {
        let slope =
          weight * (exponential(logits[j] - top) / total - (j == label ? 1 : 0)) / Double(objective.temperature)
        queryGradients[query] = zip(queryGradients[query] ?? [], b[columns[j]]).map { $0 + slope * $1 }
        candidateGradients[columns[j]] = zip(candidateGradients[columns[j]] ?? [], a[query]).map { $0 + slope * $1 }
      }
    }
    for (row, gradient) in queryGradients { queryGradients[row] = a.pulledBack(gradient, row) }
    for (row, gradient) in candidateGradients { candidateGradients[row] = b.pulledBack(gradient, row) }
  }

  /// Rows of a table, of unit length or as they are.
  private struct Unit {
    let table: Matrix
    let isNormalised: Bool

    init(_ table: Matrix, isNormalised: Bool) {
      self.table = table
      self.isNormalised = isNormalised
    }

    var zero: [Double] { [Double](repeating: 0, count: table.columns) }

    private func length(_ row: Int32) -> Double {
      isNormalised ? table.row(Int(row)).reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() : 1
    }

    subscript(row: Int32) -> [Double] { table.row(Int(row)).map { Double($0) / length(row) } }

    /// ∂(E/|E|): the part of the gradient across the vector, by its length.
    func pulledBack(_ gradient: [Double], _ row: Int32) -> [Double] {
      guard isNormalised else { return gradient }
      let along = zip(gradient, self[row]).reduce(0) { $0 + $1.0 * $1.1 }
      return zip(gradient, self[row]).map { ($0 - along * $1) / length(row) }
    }
  }
}
