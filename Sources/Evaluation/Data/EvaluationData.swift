package import Features
package import Interactions
import Tables
package import TwoTower

/// The train, test and history pairs of an evaluation, numbered the same way for every model and baseline in it.
///
/// Candidates that some model has come first: these compete. Other ids of the data have greater numbers.
package struct EvaluationData {
  package let model: Model
  package let other: Model?
  package let trainInteractions: Interactions
  package let testInteractions: Interactions
  package let train: NumberedPairs
  package let test: NumberedPairs
  package let judged: JudgedQueries
  private let contexts: TestContexts?
  /// The number of distinct train pairs of each candidate: how many queries chose it.
  package let counts: [Int32]
  private let queryRows: (model: [EmbeddingRow], other: [EmbeddingRow])
  private let candidateRows: (model: [EmbeddingRow], other: [EmbeddingRow])
  private let described: (model: DescribedQueries?, other: DescribedQueries?)
  let queries: IDMap
  let candidates: IDMap

  /// - Parameters:
  ///   - model: the model to evaluate.
  ///   - other: a second model to compare with; its candidates compete too.
  ///   - history: what queries chose besides `train`, such as those that training left out.
  ///   - users: describes queries to models whose query tower has features.
  /// - Throws: `EvaluationError.otherColumns`, `DataError.noRows` if `test` is empty, or the error of a missing column.
  package init(
    model: Model, other: Model? = nil, train: Interactions, test: Interactions, history: Interactions? = nil,
    users: Catalog? = nil
  ) throws {
    (trainInteractions, testInteractions) = (train, test)
    let vocabularies = model.vocabularies
    var (queries, candidates) = (IDMap(vocabularies.query), IDMap(vocabularies.candidate))
    var otherCandidates: [EmbeddingRow] = []
    if let other {
      try Self.requireSameColumns(vocabularies, other.vocabularies)
      otherCandidates = candidates.rows(of: other.vocabularies.candidate)
    }
    let count = candidates.count
    candidateRows = (candidates.rows(of: vocabularies.candidate), otherCandidates)
    func pairs(_ interactions: Interactions) throws -> NumberedPairs {
      NumberedPairs(
        queries: queries.numbers(of: try interactions.text(vocabularies.query.column)),
        candidates: candidates.numbers(of: try interactions.text(vocabularies.candidate.column)))
    }
    let (trainPairs, testPairs) = (try pairs(train), try pairs(test))
    guard !testPairs.queries.isEmpty else { throw DataError.noRows("test") }
    let known = try history.map { try pairs($0) } ?? NumberedPairs(queries: [], candidates: [])
    let otherQueries = other.map { queries.rows(of: $0.vocabularies.query) } ?? []
    queryRows = (queries.rows(of: vocabularies.query), otherQueries)
    described = (
      try DescribedQueries(model, users: users, numbers: queries),
      try other.flatMap { try DescribedQueries($0, users: users, numbers: queries) }
    )
    let isItemToItem = train.isItemToItem(queryColumn: vocabularies.query.column)
    let keepsOrder = !isItemToItem && [model, other].contains { $0.map { !$0.recipe.history.isEmpty } ?? false }
    func inOrder(_ pairs: NumberedPairs, _ interactions: Interactions?) throws -> NumberedPairs {
      guard keepsOrder, let interactions else { return pairs }
      return pairs.selecting(try interactions.oldestFirst())
    }
    let queriesAlone = JudgedQueries(
      test: testPairs, train: try inOrder(trainPairs, train), history: try inOrder(known, history),
      keepsOrder: keepsOrder,
      seen: isItemToItem
        ? Self.themselves(vocabularies, candidates) : nil, queryCount: queries.count,
      candidateCount: count)
    contexts = try TestContexts(model, other: other, test: test)
    judged = contexts.map { queriesAlone.inContexts($0.numbers, of: testPairs) } ?? queriesAlone
    counts = trainPairs.distinct.counts(candidateCount: count)
    (self.model, self.other, self.train, self.test) = (model, other, trainPairs, testPairs)
    (self.queries, self.candidates) = (queries, candidates)
  }

  /// - Parameter candidatesAlone: `true` if the queries may be of different columns.
  static func requireSameColumns(
    _ model: Vocabularies, _ other: Vocabularies, candidatesAlone: Bool = false
  ) throws(EvaluationError) {
    let names = [model, other].map {
      candidatesAlone ? $0.candidate.column : "\($0.query.column) with \($0.candidate.column)"
    }
    guard names[0] == names[1] else { throw .otherColumns(model: names[0], other: names[1]) }
  }

  /// Pairs each query with itself as a candidate, its only seen item in item-to-item data.
  private static func themselves(_ vocabularies: Vocabularies, _ candidates: IDMap) -> NumberedPairs {
    var candidates = candidates
    let numbers = candidates.numbers(of: vocabularies.query.values)
    return NumberedPairs(queries: numbers.indices.map { Int32($0) }, candidates: numbers)
  }

  /// The basis of the model's answer to each judged query.
  package var bases: [ModelAnswers.Basis] {
    ModelAnswers.bases(
      judged, queryRows: queryRows.model, candidateRows: candidateRows.model, described: described.model,
      contexts: contexts?.ofModel(model, judged))
  }

  /// The model's scores for the judged queries, or for some of them.
  package func answers(to some: JudgedQueries? = nil, threads: Int) -> ModelAnswers {
    ModelAnswers(
      model, some ?? judged, queryRows: queryRows.model, candidateRows: candidateRows.model, described: described.model,
      contexts: contexts?.ofModel(model, some ?? judged), threads: threads)
  }

  /// The contexts of the test pairs as the model reads them; `nil` if it reads none.
  package var testContexts: EncodedContexts? { contexts?.model }

  /// The other model's scores for the judged queries, or for some of them; `nil` if there is no other model.
  package func otherAnswers(to some: JudgedQueries? = nil, threads: Int) -> ModelAnswers? {
    other.map {
      ModelAnswers(
        $0, some ?? judged, queryRows: queryRows.other, candidateRows: candidateRows.other, described: described.other,
        contexts: contexts?.ofOther($0, some ?? judged), threads: threads)
    }
  }
}
