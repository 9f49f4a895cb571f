import Interactions
package import Kernels
package import Tables
package import TwoTower

/// A model's scores for the judged queries: from their own vectors, from vectors folded in from what they chose, from
/// those of their features or, if nothing is known of them, from the out-of-vocabulary row. A query that is asked in a
/// context has the vector of both; one that is folded in is the same in all.
package struct ModelAnswers: Sendable {
  /// The source of a query's vector.
  package enum Basis: Sendable, CaseIterable {
    case known, foldedIn, byFeatures, unknown

    package var slice: String {
      switch self {
      case .known: "known queries"
      case .foldedIn: "folded-in queries"
      case .byFeatures: "queries by features"
      case .unknown: "unknown queries"
      }
    }
  }

  package let scores: TowerScores
  /// A row for each judged query.
  package let vectors: Matrix
  /// The basis of each judged query.
  package let bases: [Basis]

  /// - Parameters:
  ///   - queryRows: the row in the model's table of each query, by its number; numbers beyond have none.
  ///   - candidateRows: the same of each candidate.
  ///   - contexts: of the judged queries, where the model reads them.
  package init(
    _ model: Model, _ judged: JudgedQueries, queryRows: [EmbeddingRow], candidateRows: [EmbeddingRow],
    contexts: QueryContexts? = nil, threads: Int
  ) {
    self.init(
      model, judged, queryRows: queryRows, candidateRows: candidateRows, described: nil, contexts: contexts,
      threads: threads)
  }

  /// - Parameter described: queries by their features, where the model and the data have some.
  init(
    _ model: Model, _ judged: JudgedQueries, queryRows: [EmbeddingRow], candidateRows: [EmbeddingRow],
    described: DescribedQueries?, contexts: QueryContexts?, threads: Int
  ) {
    precondition(candidateRows.count == judged.candidateCount, "rows of \(candidateRows.count) candidates")
    let (rows, histories) = Self.known(judged, queryRows: queryRows, candidateRows: candidateRows)
    let bases = Self.bases(rows, histories, judged, described, contexts)
    let vectors = Matrix(rows: rows.count, columns: model.dimension)
    vectors.gather(model.queries, rows: rows.map(\.index))
    let folded = histories.indices.filter { !histories[$0].isEmpty }
    if !folded.isEmpty {
      let found = FoldIn(model).vectors(
        for: folded.map { histories[$0].compactMap { $0.number() } }, threads: threads)
      for (place, query) in folded.enumerated() {
        vectors.copy(row: place, of: found, to: query)
      }
    }
    func take(_ places: [Int], _ make: ([Int]) -> Matrix?) {
      guard !places.isEmpty, let found = make(places) else { return }
      for (row, place) in places.enumerated() { vectors.copy(row: row, of: found, to: place) }
    }
    let byFeatures = bases.indices.filter { bases[$0] == .byFeatures }
    if let contexts {
      let areDescribed = byFeatures.filter { described?.has(judged.queries[$0]) == true }
      let others = bases.indices.filter { bases[$0] == .known || bases[$0] == .byFeatures }
      take(others) { contexts.vectors(of: $0, rows, threads: threads) }
      take(areDescribed) { places in
        described.map { contexts.vectors(of: places, $0, judged, threads: threads) }
      }
    } else {
      take(byFeatures) { described?.vectors(of: $0.map { judged.queries[$0] }, threads: threads) }
    }
    (self.vectors, self.bases) = (vectors, bases)
    scores = TowerScores(
      queries: vectors, candidates: Self.packed(model, candidateRows, threads: threads),
      missing: candidateRows.indices.filter { !candidateRows[$0].isKnown }.map { Int32($0) })
  }

  /// The basis of the answer to each judged query.
  static func bases(
    _ judged: JudgedQueries, queryRows: [EmbeddingRow], candidateRows: [EmbeddingRow], described: DescribedQueries?,
    contexts: QueryContexts?
  ) -> [Basis] {
    let (rows, histories) = known(judged, queryRows: queryRows, candidateRows: candidateRows)
    return bases(rows, histories, judged, described, contexts)
  }

  /// The row of each query, and of each candidate in the history of one that has none.
  private static func known(
    _ judged: JudgedQueries, queryRows: [EmbeddingRow], candidateRows: [EmbeddingRow]
  ) -> (rows: [EmbeddingRow], histories: [[EmbeddingRow]]) {
    let rows = judged.queries.map { Int($0) < queryRows.count ? queryRows[Int($0)] : .unknown }
    let histories = rows.enumerated().map { place, row in
      row.isKnown
        ? []
        : (judged.inOrder?[place].filter { $0 < judged.candidateCount }[...] ?? judged.history(place))
          .map { candidateRows[Int($0)] }.filter(\.isKnown)
    }
    return (rows, histories)
  }

  private static func bases(
    _ rows: [EmbeddingRow], _ histories: [[EmbeddingRow]], _ judged: JudgedQueries, _ described: DescribedQueries?,
    _ contexts: QueryContexts?
  ) -> [Basis] {
    rows.indices.map { place in
      if rows[place].isKnown { return .known }
      guard histories[place].isEmpty else { return .foldedIn }
      let isDescribed = described?.has(judged.queries[place]) == true || contexts?.isKnown(place) == true
      return isDescribed ? .byFeatures : .unknown
    }
  }

  static func packed(_ model: Model, _ rows: [EmbeddingRow], threads: Int) -> PackedRows {
    if EmbeddingRow.count(vocabulary: rows.count) == model.candidates.rows,
      rows.enumerated().allSatisfy({ CandidateNumber($0).row == $1 })
    {
      return PackedRows(
        model.candidates, rows: Int(EmbeddingRow.firstKnown.index)..<model.candidates.rows, threads: threads)
    }
    let candidates = Matrix(rows: rows.count, columns: model.dimension)
    candidates.gather(model.candidates, rows: rows.map(\.index))
    return PackedRows(candidates, threads: threads)
  }
}
