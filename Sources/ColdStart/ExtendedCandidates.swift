import Features
import Interactions
import Kernels
import Tables
import TwoTower

/// The candidates of a model and of a catalog together.
struct ExtendedCandidates: Sendable {
  /// A candidate that the model has a vector for.
  struct Trained: Sendable {
    /// The number among all candidates.
    let place: Int
    /// The candidate's number in the model's vocabulary.
    let number: Int
  }

  /// Distinct values, sorted by bytes.
  let things: Strings
  let features: EncodedFeatures
  let trained: [Trained]
  /// Places of the candidates that the model has no vector for.
  let new: [Int]

  init(_ model: Model, features: FeatureSet, catalog: Catalog) throws {
    let vocabulary = model.vocabularies.candidate
    let keys = try catalog.values(of: vocabulary.column)
    things = vocabulary.values.union(keys.dictionary)
    self.features = try EncodedFeatures(
      features, of: DescribedThings(catalog.table, name: "the catalog", keys: keys, things: things))
    let numbers = things.places(in: vocabulary.values)
    trained = numbers.enumerated().compactMap { $1 < 0 ? nil : Trained(place: $0, number: Int($1)) }
    new = numbers.indices.filter { numbers[$0] < 0 }
  }

  /// The model with a row for each of the candidates.
  ///
  /// - Parameters:
  ///   - vectors: of the new candidates, in their order.
  ///   - sums: the same vectors as sums over features, if they are such.
  ///   - bias: of a new candidate; `nil` where the model has none.
  ///   - first: moves a vector by the first interactions in `shown`.
  func extended(
    _ model: Model, vectors: Matrix, sums: CandidatesByFeatures?, bias: Float?, first: FirstInteractions?,
    shown: KnownPairs?, threads: Int
  ) -> Model {
    let table = Matrix(rows: EmbeddingRow.count(vocabulary: things.count), columns: model.dimension)
    var counts = [Int64](repeating: 0, count: things.count)
    table.copy(row: 0, of: model.candidates, to: 0)
    for candidate in trained {
      table.copy(
        row: Int(EmbeddingRow(place: candidate.number).index), of: model.candidates,
        to: Int(EmbeddingRow(place: candidate.place).index))
      counts[candidate.place] = model.vocabularies.candidate.counts[candidate.number]
    }
    for (number, place) in new.enumerated() {
      let row = Int(EmbeddingRow(place: place).index)
      let chosenBy = shown?.queries(of: place) ?? []
      counts[place] = Int64(chosenBy.count)
      let vector = first?.vector(around: vectors.row(number), chosenBy: chosenBy) ?? vectors.row(number)
      for (column, value) in vector.enumerated() { table[row, column] = value }
      if let bias { table[row, model.dimension - 1] = bias }
    }
    var extended = Model(
      vocabularies: Vocabularies(
        query: model.vocabularies.query,
        candidate: Vocabulary(column: model.vocabularies.candidate.column, values: things, counts: counts)),
      queries: model.queries, candidates: table, historyTables: model.ownHistoryTables.map { self.extended($0) },
      recipe: model.recipe)
    extended.features = model.features
    extended.rating = model.rating
    extended.context = model.context
    extended.candidatesByFeatures = joined(sums, withEarlier: model.candidatesByFeatures)
    return extended
  }

  /// The sums of the new candidates, and of those that an earlier cold start gave the model.
  private func joined(
    _ sums: CandidatesByFeatures?, withEarlier earlier: CandidatesByFeatures?
  ) -> CandidatesByFeatures? {
    let places = Dictionary(uniqueKeysWithValues: trained.map { ($0.number, $0.place) })
    let renumbered = earlier?.renumbered { number in
      guard let place = places[number] else { preconditionFailure("candidates of the model stay") }
      return place
    }
    let new = sums.flatMap { $0.candidates.isEmpty ? nil : $0 }
    guard let renumbered, let new else { return renumbered ?? new }
    return renumbered.joined(with: new)
  }

  /// A table by which histories are read, where a new candidate adds nothing.
  private func extended(_ histories: Matrix) -> Matrix {
    let table = Matrix(rows: EmbeddingRow.count(vocabulary: things.count), columns: histories.columns)
    for candidate in trained {
      table.copy(
        row: Int(EmbeddingRow(place: candidate.number).index), of: histories,
        to: Int(EmbeddingRow(place: candidate.place).index))
    }
    return table
  }
}
