import Interactions
import Kernels
import Tables
import TwoTower

/// What a model answers the judged queries: by their own vectors, folded in from what they chose, or, where nothing is known
/// of them, by the out-of-vocabulary row.
package struct ModelAnswers: Sendable {
  package enum Basis: Sendable, CaseIterable {
    case known, foldedIn, unknown

    package var slice: String {
      switch self {
      case .known: "known queries"
      case .foldedIn: "folded-in queries"
      case .unknown: "unknown queries"
      }
    }
  }

  package let scores: TowerScores
  /// A row for each judged query.
  package let vectors: Matrix
  /// Of each judged query.
  package let bases: [Basis]

  /// - Parameters:
  ///   - queryRows: of each query by its number, rows of the model's table, 0 where it has none; numbers beyond have
  ///     none.
  ///   - candidateRows: of each candidate likewise.
  package init(_ model: Model, _ judged: JudgedQueries, queryRows: [Int32], candidateRows: [Int32], threads: Int) {
    precondition(candidateRows.count == judged.candidateCount, "rows of \(candidateRows.count) candidates")
    let rows = judged.queries.map { Int($0) < queryRows.count ? queryRows[Int($0)] : 0 }
    let histories = rows.enumerated().map { place, row in
      row > 0 ? [] : judged.history(place).map { candidateRows[Int($0)] }.filter { $0 > 0 }
    }
    bases = zip(rows, histories).map { $0 > 0 ? .known : $1.isEmpty ? .unknown : .foldedIn }
    let vectors = Matrix(rows: rows.count, columns: model.dimension)
    vectors.gather(model.queries, rows: rows)
    let folded = histories.indices.filter { !histories[$0].isEmpty }
    if !folded.isEmpty {
      let found = FoldIn(model).vectors(
        for: folded.map { histories[$0].sorted().compactMap { EmbeddingRow(index: $0).number() } }, threads: threads)
      for (place, query) in folded.enumerated() {
        vectors.pointer(row: query).update(from: found.pointer(row: place), count: model.dimension)
      }
    }
    self.vectors = vectors
    scores = TowerScores(
      queries: vectors, candidates: Self.packed(model, candidateRows),
      missing: candidateRows.indices.filter { candidateRows[$0] == 0 }.map { Int32($0) })
  }

  private static func packed(_ model: Model, _ rows: [Int32]) -> PackedRows {
    if rows.count == model.candidates.rows - 1, rows.enumerated().allSatisfy({ $0 + 1 == $1 }) {
      return PackedRows(model.candidates, rows: 1..<model.candidates.rows)
    }
    let candidates = Matrix(rows: rows.count, columns: model.dimension)
    candidates.gather(model.candidates, rows: rows)
    return PackedRows(candidates)
  }
}

extension Numbering {
  /// For each number so far the row of a vocabulary's table; 0 where it has none.
  package mutating func rows(of vocabulary: Vocabulary) -> [Int32] {
    let numbers = numbers(of: vocabulary.values)
    var rows = [Int32](repeating: 0, count: count)
    for (place, number) in numbers.enumerated() { rows[Int(number)] = Int32(place + 1) }
    return rows
  }
}
