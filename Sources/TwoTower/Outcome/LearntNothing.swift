import DisplayText
import Interactions
import Kernels
import Tables

/// Towers that do not distinguish candidates at all, so that no list of theirs means anything.
package enum LearntNothing: Error, Equatable, CustomStringConvertible {
  case notFinite(tower: String, value: String)
  case zero(tower: String)
  case unexplained(share: Double)

  package var description: String {
    switch self {
    case .notFinite(let tower, let value):
      "the model has learnt nothing: the \(tower) vector of \"\(value)\" is not finite; "
        + "use a temperature nearer to 1, or a lower learning-rate"
    case .zero(let tower):
      "the model has learnt nothing: all \(tower) vectors are zero; lower regularization, l2 or weight-decay, and "
        + "leave the others at their defaults if in doubt"
    case .unexplained(let share):
      "the model has learnt nothing: it explains \(decimals(share * 100, 4)) % of what was chosen; lower regularization"
    }
  }
}

/// Looks at towers after training for what makes all their answers nothing, or one answer for all.
package struct LearningCheck {
  private let model: Model

  /// Queries whose lists are compared.
  private static let sample = 100
  private static let listLength = 10

  package init(_ model: Model) { self.model = model }

  /// - Throws: `LearntNothing`.
  package func refuseNothing() throws(LearntNothing) {
    for (tower, table, values) in [
      ("query", model.queries, model.vocabularies.query.values),
      ("candidate", model.candidates, model.vocabularies.candidate.values),
    ] {
      let rows = EmbeddingRow.known(of: table.rows).map { Int($0.index) }
      if let number = rows.firstIndex(where: { !table.isFinite(row: $0) }) {
        throw .notFinite(tower: tower, value: values[number])
      }
      guard rows.contains(where: { table.squaredLength(row: $0) > 0 }) else {
        throw .zero(tower: tower)
      }
    }
  }

  /// Warnings about what may be right for very small data.
  package var warnings: [String] {
    [fewVectors, oneList].compactMap { $0 }
  }

  private var fewVectors: String? {
    let count = EmbeddingRow.vocabularyCount(rows: model.candidates.rows)
    let few = count < 30 ? 1 : 2
    guard count > 2 else { return nil }
    var distinct: Set<[Float]> = []
    for row in EmbeddingRow.known(of: model.candidates.rows) {
      distinct.insert(model.candidates.row(Int(row.index)))
      if distinct.count > few { return nil }
    }
    return
      "warning: \(count) candidates have \(distinct.count == 1 ? "one vector" : "two different vectors"), and their "
      + "names decide which are recommended"
  }

  /// Ends at the first two lists that differ: a product of two queries with all candidates, mostly.
  private var oneList: String? {
    let queries = EmbeddingRow.vocabularyCount(rows: model.queries.rows)
    let candidates = EmbeddingRow.vocabularyCount(rows: model.candidates.rows)
    let k = min(Self.listLength, candidates / 2)
    guard queries > 1, k > 0 else { return nil }
    let rows = stride(from: 0, to: queries, by: max(queries / Self.sample, 1)).map { QueryNumber($0).row }
    let first = list(of: rows[0], k: k)
    guard rows.dropFirst().allSatisfy({ list(of: $0, k: k) == first }) else { return nil }
    return
      "warning: \(rows.count) queries that were asked all get one list; a model that tells them apart needs more of "
      + "each, or less regularization"
  }

  /// Rows of the best candidates, best first.
  private func list(of query: EmbeddingRow, k: Int) -> [UInt32] {
    var best: [RankedKey] = []
    for row in EmbeddingRow.known(of: model.candidates.rows) {
      let score = model.queries.dot(row: Int(query.index), with: model.candidates, row: Int(row.index))
      let key = RankedKey(score, candidate: UInt32(row.index))
      if best.count == k, best[k - 1].bits > key.bits { continue }
      let place = best.firstIndex { $0.bits < key.bits } ?? best.count
      best.insert(key, at: place)
      if best.count > k { best.removeLast() }
    }
    return best.map(\.candidate)
  }
}
