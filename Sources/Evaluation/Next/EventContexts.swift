import Features
import Interactions
import Kernels
import LinearAlgebra
import Tables
import TwoTower

/// The contexts of test events, as a model reads them: it answers a user whom it knows by the user's own vector in the
/// context of the event, since its query tower reads no history.
struct EventContexts: Sendable {
  private let towers: ContextualQueries
  private let contexts: EncodedContexts
  /// The row in the model's table of each user.
  private let rows: [EmbeddingRow]

  /// - Parameter users: by their numbers.
  /// - Returns: `nil` for a model without context.
  /// - Throws: `EvaluationError.contextOfOtherQueries` for a model whose queries are no users, or `FeatureError` if the test
  ///   interactions lack a column.
  init?(_ model: Model, test: Interactions, users: Strings) throws {
    guard let towers = ContextualQueries(model) else { return nil }
    let queries = model.vocabularies.query
    guard queries.column == test.roles.query else {
      throw EvaluationError.contextOfOtherQueries(model: queries.column, users: test.roles.query)
    }
    self.towers = towers
    contexts = try EncodedContexts(towers.features, of: test)
    rows = users.places(in: queries.values).map { EmbeddingRow(place: $0 < 0 ? nil : Int($0)) }
  }

  /// The number of users whom the model knows.
  var knownCount: Int { rows.count(where: \.isKnown) }

  /// `true` if the model has a vector of the user's own.
  func knows(_ user: Int32) -> Bool { rows[Int(user)].isKnown }

  /// `true` if the model knows a value of the context of a row of test.
  func isKnown(_ testRow: Int32) -> Bool {
    let context = Int(contexts.numbers[Int(testRow)])
    return contexts.matrix.starts[context] < contexts.matrix.starts[context + 1]
  }

  /// A row for each of some events of a block: the user's own part, or that of the average user, in the event's context.
  func vectors(of events: [Int], _ block: EventBlock, threads: Int) -> Matrix {
    towers.vectors(
      of: events.map { rows[Int(block.users[$0])] }, contexts.matrix, contexts: numbers(of: events, block),
      threads: threads)
  }

  /// A row for each of some events of a block by the features of their users.
  func vectors(of events: [Int], _ block: EventBlock, _ described: DescribedQueries, threads: Int) -> Matrix {
    towers.vectors(
      byFeatures: described.encoding, rows: events.map { Int(block.users[$0]) }, contexts.matrix,
      contexts: numbers(of: events, block), threads: threads)
  }

  private func numbers(of events: [Int], _ block: EventBlock) -> [Int] {
    events.map { Int(contexts.numbers[Int(block.testRows[$0])]) }
  }
}
