import Interactions
package import Kernels
import ParallelLoops
package import Tables

/// A rule by which a history becomes the vector of a query: the query tower's own objective for that one query, with
/// the candidates held still.
package protocol FoldInRule: Sendable {
  /// A vector for each history, without a bias.
  ///
  /// - Parameter histories: each of at least one candidate: distinct and rising, or for `HistoryFoldIn` in order.
  func vectors(for histories: [[CandidateNumber]]) -> Matrix

  /// The terms that the entries of a history add to the score of a candidate: together they are the score of the
  /// history's vector, a bias left out.
  ///
  /// - Parameters:
  ///   - history: as `vectors(for:)` has one.
  ///   - candidate: its vector, with a bias or without.
  func contributions(of history: [CandidateNumber], to candidate: [Float]) -> [Float]
}

/// Query vectors for unknown users from their histories, by the rule of the method that trained the model. Without a history
/// there is nothing to fold in; the out-of-vocabulary row answers.
package struct FoldIn: Sendable {
  private let dimension: Int
  /// The dimension of a vector without the bias.
  private let ownDimension: Int
  private let rule: any FoldInRule
  private let bias: QueryBias?
  /// The number of newest candidates of a history that count, where it is read in its order; `nil` where the set of all
  /// counts.
  package let newest: Int?

  package init(_ model: Model) {
    self.init(
      candidateTable: model.candidates, recipe: model.recipe, counts: model.vocabularies.candidate.counts,
      historyTables: model.historyTables)
  }

  /// - Parameters:
  ///   - candidateTable: a row for each candidate, from row 1.
  ///   - counts: interactions of each candidate, from the first on, or empty; where negatives came by frequency they
  ///     count.
  ///   - historyTables: a table for each bag of the recipe's history, with a row for each candidate, from row 1.
  package init(candidateTable: Matrix, recipe: Recipe, counts: [Int64] = [], historyTables: [Matrix] = []) {
    dimension = candidateTable.columns
    ownDimension = recipe.ownDimension(of: dimension)
    let candidates = Matrix(rows: EmbeddingRow.vocabularyCount(rows: candidateTable.rows), columns: ownDimension)
    for (number, row) in EmbeddingRow.known(of: candidateTable.rows).enumerated() {
      candidates.copy(row: Int(row.index), of: candidateTable, to: number)
    }
    newest = recipe.history.map(\.last).max()
    rule =
      newest == nil
      ? recipe.method.foldInRule(candidates: candidates, counts: counts)
      : HistoryFoldIn(bags: recipe.history, tables: historyTables, isUnit: recipe.method.hasUnitQueries)
    bias = QueryBias(recipe, candidateTable: candidateTable)
  }

  /// A row of the model's dimension for each history.
  ///
  /// - Parameter histories: each of at least one candidate, the newest last. Where `newest` is `nil`, order and
  ///   repeats make no difference.
  package func vectors(for histories: [[CandidateNumber]], threads: Int) -> Matrix {
    let result = Matrix(rows: histories.count, columns: dimension)
    let size = 24
    parallel(blocks: (histories.count + size - 1) / size, threads: threads) { block in
      let range = block * size..<min((block + 1) * size, histories.count)
      let vectors = rule.vectors(for: histories[range].map { newest == nil ? Self.distinct($0) : $0 })
      for (place, row) in range.enumerated() {
        result.copy(row: place, of: vectors, to: row)
        if let bias { result[row, ownDimension] = bias.value(of: vectors.row(place)) }
      }
    }
    return result
  }

  /// The candidates of a history, each once, rising.
  private static func distinct(_ history: [CandidateNumber]) -> [CandidateNumber] {
    guard !zip(history, history.dropFirst()).allSatisfy(<) else { return history }
    return Set(history).sorted()
  }

  /// The terms that the candidates of a history add to the score of a candidate: together they are the score of the
  /// history's vector, a bias left out.
  ///
  /// - Parameters:
  ///   - history: as `vectors(for:threads:)` takes one.
  ///   - candidate: its vector, with a bias or without.
  /// - Returns: each distinct candidate that counts, rising, with all that its choices add.
  package func contributions(
    of history: [CandidateNumber], to candidate: [Float]
  ) -> [(candidate: CandidateNumber, value: Float)] {
    let counted = newest.map { Array(history.suffix($0)) } ?? Self.distinct(history)
    let sums = zip(counted, rule.contributions(of: counted, to: candidate))
      .reduce(into: [CandidateNumber: Float]()) { $0[$1.0, default: 0] += $1.1 }
    return sums.sorted { $0.key < $1.key }.map { (candidate: $0.key, value: $0.value) }
  }
}

extension Matrix {
  /// The inner product of a row with the beginning of a vector, which may have a bias behind it.
  func product(row: Int, with vector: [Float]) -> Float {
    zip(self.row(row), vector).reduce(Float(0)) { $0.addingProduct($1.0, $1.1) }
  }

  /// The first columns alone.
  package func narrowed(to columns: Int) -> Matrix {
    let narrow = Matrix(rows: rows, columns: columns)
    for row in 0..<rows { narrow.copy(row: row, of: self, to: row) }
    return narrow
  }
}
