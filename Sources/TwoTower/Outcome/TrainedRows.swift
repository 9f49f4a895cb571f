import Interactions
import Kernels
package import Tables

/// The rows of both towers that a positive pair has reached, in this training or in one that it went on from. All
/// others are as they were drawn, and no model has them: a query without pairs is unknown, and a candidate without
/// pairs is not recommended.
package struct TrainedRows: Sendable, Equatable {
  /// `true` for rows with a pair; row 0 is for unknown values, and stays.
  package private(set) var queries: [Bool]
  package private(set) var candidates: [Bool]

  init(queries: [Bool], candidates: [Bool]) {
    self.queries = queries
    self.candidates = candidates
  }

  /// Rows that a pair of more weight than 0 has.
  package init(_ pairs: TrainingPairs, queryRows: Int, candidateRows: Int) throws {
    var queries = [Bool](repeating: false, count: queryRows)
    var candidates = [Bool](repeating: false, count: candidateRows)
    (queries[0], candidates[0]) = (true, true)
    try pairs.visit { pair, weight in
      guard weight > 0 else { return }
      queries[Int(pair.query.index)] = true
      candidates[Int(pair.candidate.index)] = true
    }
    self.init(queries: queries, candidates: candidates)
  }

  /// Rows of the candidates that have a pair.
  package var knownCandidates: [EmbeddingRow] {
    EmbeddingRow.known(of: candidates.count).filter { candidates[Int($0.index)] }
  }

  package func has(query row: EmbeddingRow) -> Bool { queries[Int(row.index)] }

  /// The rows of `Model.keeping`, by the rows before: 0 for those that it does not have.
  package var renumbered: (queries: [EmbeddingRow], candidates: [EmbeddingRow]) {
    func numbers(_ isKept: [Bool]) -> [EmbeddingRow] {
      var next = EmbeddingRow.unknown
      return isKept.map { kept in
        guard kept else { return .unknown }
        defer { next = next.advanced(by: 1) }
        return next
      }
    }
    return (numbers(queries), numbers(candidates))
  }

  mutating func formUnion(queries others: [Bool], candidates otherCandidates: [Bool]) {
    queries = zip(queries, others).map { $0 || $1 }
    candidates = zip(candidates, otherCandidates).map { $0 || $1 }
  }
}

extension Vocabulary {
  /// The values of some rows.
  ///
  /// - Parameter isKept: by row, from row 0 on.
  func keeping(_ isKept: [Bool]) -> Vocabulary {
    precondition(isKept.count == rows, "\(isKept.count) rows of \(rows)")
    let places = isKept.dropFirst().enumerated().filter(\.element).map(\.offset)
    return Vocabulary(column: column, values: values.selecting(places), counts: places.map { counts[$0] })
  }

  /// The number of rows that are not kept, and the first of them.
  fileprivate func missing(_ isKept: [Bool]) -> (count: Int, first: String)? {
    guard let first = isKept.firstIndex(of: false) else { return nil }
    return (isKept.count { !$0 }, self[row: first])
  }
}

extension Model {
  /// The model over the rows that training has reached.
  package func keeping(_ rows: TrainedRows) -> Model {
    guard rows.queries.contains(false) || rows.candidates.contains(false) else { return self }
    let known = Vocabularies(
      query: vocabularies.query.keeping(rows.queries), candidate: vocabularies.candidate.keeping(rows.candidates))
    var model = Model(
      vocabularies: known, queries: queries.keeping(rows.queries), candidates: candidates.keeping(rows.candidates),
      historyTables: ownHistoryTables.map { $0.keeping(rows.candidates) }, recipe: recipe)
    model.features = features
    model.rating = rating
    model.context = context?.keeping(rows.queries)
    return model
  }
}

extension Vocabularies {
  /// A line for people about the rows that a model over `rows` lacks; `nil` if it has all.
  package func left(out rows: TrainedRows) -> String? {
    let parts = [(query, query.missing(rows.queries)), (candidate, candidate.missing(rows.candidates))]
      .compactMap { vocabulary, missing in
        missing.map { "\($0.count) of \(vocabulary.values.count) \(vocabulary.column), such as \"\($0.first)\"" }
      }
    guard !parts.isEmpty else { return nil }
    return "without training pairs, and so not in the model: \(parts.joined(separator: "; "))"
  }
}

extension Matrix {
  func keeping(_ isKept: [Bool]) -> Matrix {
    let kept = isKept.indices.filter { isKept[$0] }
    let matrix = Matrix(rows: kept.count, columns: columns)
    for (place, row) in kept.enumerated() { matrix.copy(row: row, of: self, to: place) }
    return matrix
  }
}
