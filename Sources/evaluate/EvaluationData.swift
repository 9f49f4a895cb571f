import Evaluation
import Interactions
import StageKit
import Tables
import TwoTower

/// What a model is judged by, in numbers of the queries and candidates that all inputs share.
struct EvaluationData {
  let model: Model
  let other: Model?
  let trainInteractions: Interactions
  let testInteractions: Interactions
  let train: NumberedPairs
  let test: NumberedPairs
  let judged: JudgedQueries
  /// Distinct train pairs of each candidate: who chose it, however often.
  let counts: [Int32]
  private let queryRows: (model: [Int32], other: [Int32])
  private let candidateRows: (model: [Int32], other: [Int32])
  private let queries: Numbering
  private let candidates: Numbering

  enum Refusal: Error, CustomStringConvertible {
    case otherColumns(model: String, other: String)

    var description: String {
      switch self {
      case .otherColumns(let model, let other):
        "the other model answers \(other) and this one \(model); compare models of the same columns"
      }
    }
  }

  init(_ context: StageContext) throws {
    let model = try Model(context.input("model"))
    let other = try context.optionalInput("other").map { try Model($0) }
    var (queries, candidates) = (Numbering(model.vocabularies.query), Numbering(model.vocabularies.candidate))
    // What either model can retrieve competes, and whatever else there is comes behind it.
    var otherRows: [Int32] = []
    if let other {
      try Self.requireSameColumns(model.vocabularies, other.vocabularies)
      otherRows = candidates.rows(of: other.vocabularies.candidate)
    }
    let count = candidates.count
    candidateRows = (candidates.rows(of: model.vocabularies.candidate), otherRows)
    trainInteractions = try Interactions(context.input("train"))
    testInteractions = try Interactions(context.input("test"))
    let train = try Self.pairs(trainInteractions, model.vocabularies, &queries, &candidates)
    let test = try Self.pairs(testInteractions, model.vocabularies, &queries, &candidates)
    guard !test.queries.isEmpty else { throw DataError.noRows("test") }
    var history = NumberedPairs(queries: [], candidates: [])
    if let file = try context.optionalInput("history") {
      history = try Self.pairs(Interactions(file), model.vocabularies, &queries, &candidates)
    }
    var otherQueryRows: [Int32] = []
    if let other { otherQueryRows = queries.rows(of: other.vocabularies.query) }
    queryRows = (queries.rows(of: model.vocabularies.query), otherQueryRows)
    let isItemToItem = trainInteractions.roles.previous == model.vocabularies.query.column
    judged = JudgedQueries(
      test: test, train: train, history: history,
      seen: isItemToItem ? Self.themselves(model.vocabularies, candidates) : nil, queryCount: queries.count,
      candidateCount: count)
    counts = candidateCounts(train.distinct.candidates, candidateCount: count)
    (self.model, self.other, self.train, self.test) = (model, other, train, test)
    (self.queries, self.candidates) = (queries, candidates)
  }

  private static func requireSameColumns(_ model: Vocabularies, _ other: Vocabularies) throws(Refusal) {
    let names = [model, other].map { "\($0.query.column) with \($0.candidate.column)" }
    guard names[0] == names[1] else { throw .otherColumns(model: names[0], other: names[1]) }
  }

  private static func pairs(
    _ interactions: Interactions, _ vocabularies: Vocabularies, _ queries: inout Numbering,
    _ candidates: inout Numbering
  ) throws -> NumberedPairs {
    NumberedPairs(
      queries: queries.numbers(of: try interactions.text(vocabularies.query.column)),
      candidates: candidates.numbers(of: try interactions.text(vocabularies.candidate.column)))
  }

  /// Where queries are candidates chosen before, what follows one in training is what it is asked for, and what
  /// somebody who chose it has seen is the query itself.
  private static func themselves(_ vocabularies: Vocabularies, _ candidates: Numbering) -> NumberedPairs {
    var candidates = candidates
    let numbers = candidates.numbers(of: vocabularies.query.values)
    return NumberedPairs(queries: numbers.indices.map { Int32($0) }, candidates: numbers)
  }

  func answers(threads: Int) -> ModelAnswers {
    ModelAnswers(model, judged, queryRows: queryRows.model, candidateRows: candidateRows.model, threads: threads)
  }

  func otherAnswers(threads: Int) -> ModelAnswers? {
    other.map {
      ModelAnswers($0, judged, queryRows: queryRows.other, candidateRows: candidateRows.other, threads: threads)
    }
  }

  /// Train pairs as rows, 0 for candidates that cannot be retrieved.
  var trainRows: (queries: [Int32], candidates: [Int32]) {
    (train.queries.map { $0 + 1 }, train.candidates.map { $0 < judged.candidateCount ? $0 + 1 : 0 })
  }

  /// Slices by a field, of the judged queries or of the test pairs.
  enum Field {
    case ofQueries(SliceDimension)
    case ofPairs(SliceDimension)
  }

  /// - Throws: if no input has such a field, or it has too many values.
  func field(_ name: String, users: Catalog?, catalog: Catalog?) throws -> Field {
    var (queries, candidates) = (queries, candidates)
    if let users, let column = users.table.column(name) {
      let keys = queries.numbers(of: try users.values(of: model.vocabularies.query.column))
      return .ofQueries(try FieldSlices.dimension(column, keys: keys, of: judged.queries))
    }
    if let catalog, let column = catalog.table.column(name) {
      let keys = candidates.numbers(of: try catalog.values(of: model.vocabularies.candidate.column))
      return .ofPairs(try FieldSlices.dimension(column, keys: keys, of: test.candidates))
    }
    if let column = testInteractions.table.column(name) { return .ofPairs(try FieldSlices.dimension(column)) }
    let tables = [testInteractions.table, users?.table, catalog?.table].compactMap { $0 }
    throw FieldSlices.Refusal.noField(name, there: tables.flatMap { $0.columns.map(\.name) })
  }
}
