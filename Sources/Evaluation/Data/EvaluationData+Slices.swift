package import Artifacts
import Features
package import Interactions
import Tables
import TwoTower

extension EvaluationData {
  /// The slices that every evaluation has, and those of the fields named.
  ///
  /// - Parameters:
  ///   - bases: the basis of the model's answer to each judged query.
  ///   - fields: fields of the users, the catalog or the test interactions, looked for in this order.
  /// - Throws: `EvaluationError.noField` or `.tooManyValues`.
  package func slices(
    _ bases: [ModelAnswers.Basis], fields: [String], users: Catalog?, catalog: Catalog?
  ) throws -> (queries: QuerySlices, pairs: PairSlices) {
    // Queries that differ by context alone are in the slices of the first of them.
    let firsts = judged.firsts
    var ofQueries = [
      SliceDimension.bases(firsts.map { bases[$0] }), .activity(firsts.map { judged.trainPairs[$0] }),
    ]
    var ofPairs = [
      SliceDimension.knownCandidates(counts, of: test.candidates), .popularity(counts, of: test.candidates),
    ]
    for name in fields {
      switch try field(name, users: users, catalog: catalog) {
      case .ofQueries(let dimension): ofQueries.append(dimension)
      case .ofPairs(let dimension): ofPairs.append(dimension)
      }
    }
    return (QuerySlices(ofQueries), PairSlices(ofPairs, of: judged))
  }

  /// Facts about the test data for the summary: how queries are answered, and how many candidates `train` lacks.
  package func facts(_ bases: [ModelAnswers.Basis]) -> [Summary.Item] {
    func count(_ basis: ModelAnswers.Basis) -> Int { bases.count { $0 == basis } }
    let unknown = test.candidates.count { Int($0) >= counts.count || counts[Int($0)] == 0 }
    return [
      .fact(
        "test queries",
        "\(count(.known)) known, \(count(.foldedIn)) folded in from their history, "
          + (count(.byFeatures) > 0 ? "\(count(.byFeatures)) by their features, " : "") + "\(count(.unknown)) unknown"),
      .fact("test pairs", "\(test.count), \(unknown) of candidates that train does not have"),
    ]
      + (judged.contexts == nil
        ? []
        : [
          .fact("test queries in contexts", "\(judged.count), each judged by what was chosen in its context"),
          .fact("test queries without contexts", "\(judged.firsts.count)"),
        ])
      + (testContexts?.gaps ?? []).map { .fact("test", $0) }
  }

  /// The slices of a field: of the judged queries or of the test pairs.
  private enum Field {
    case ofQueries(SliceDimension)
    case ofPairs(SliceDimension)
  }

  /// Slices by a field of the users, the catalog or the test interactions, looked for in this order.
  ///
  /// - Throws: `EvaluationError.noField` or `.tooManyValues`.
  private func field(_ name: String, users: Catalog?, catalog: Catalog?) throws -> Field {
    var (queries, candidates) = (queries, candidates)
    if let users, let column = users.table.column(name) {
      let keys = queries.numbers(of: try users.values(of: model.vocabularies.query.column))
      return .ofQueries(try FieldSlices.dimension(column, keys: keys, of: judged.firsts.map { judged.queries[$0] }))
    }
    if let catalog, let column = catalog.table.column(name) {
      let keys = candidates.numbers(of: try catalog.values(of: model.vocabularies.candidate.column))
      return .ofPairs(try FieldSlices.dimension(column, keys: keys, of: test.candidates))
    }
    if let column = testInteractions.table.column(name) { return .ofPairs(try FieldSlices.dimension(column)) }
    let tables = [testInteractions.table, users?.table, catalog?.table].compactMap { $0 }
    throw EvaluationError.noField(name, there: tables.flatMap { $0.columns.map(\.name) })
  }
}
