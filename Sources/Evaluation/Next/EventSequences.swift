package import Interactions
import Tables
package import TwoTower

/// What every test user chose, in the order of time, and which of it is judged: a test event is judged after all that
/// stands before it, in train, in the history and in test.
///
/// Candidates are numbered as in `EvaluationData`: those that some model has come first, and these compete. Of equal
/// times, train comes before the history and that before test, and within each the row further down is the later.
/// 13 bytes for each row of a test user.
package struct EventSequences: Sendable {
  package let model: Model
  package let other: Model?
  /// Distinct pairs of users and candidates in train, by which baselines are fitted.
  package let train: NumberedPairs
  package let trainTimes: [Double]
  /// The number of distinct train pairs of each candidate.
  package let counts: [Int32]
  package let candidateCount: Int
  /// The choices of each test user, the oldest first.
  let choices: JaggedArray
  /// The row of test of each choice; below 0 for those that are not judged.
  let testRows: [Int32]
  /// The number of train rows of each test user.
  let trainRows: [Int32]
  let candidateRows: (model: [EmbeddingRow], other: [EmbeddingRow])
  /// The test users by their features, where a model and the data have some.
  let described: (model: DescribedQueries?, other: DescribedQueries?)
  /// The contexts of the test events, for each model whose query tower reads such.
  let contexts: (model: EventContexts?, other: EventContexts?)
  package let eventCount: Int
  /// The total length of the histories of all events.
  package let historyLength: Int

  package var userCount: Int { choices.count }

  /// - Parameters:
  ///   - other: a second model of the same candidates; its queries may be others, as those of an item-to-item model are.
  ///   - users: describes users to models whose query tower has features.
  /// - Throws: `EvaluationError.otherColumns` or `.contextOfOtherQueries`, or `DataError` if test has no rows, or some
  ///   interactions have no times or lack a column.
  package init(
    model: Model, other: Model? = nil, train: Interactions, test: Interactions, history: Interactions? = nil,
    users: Catalog? = nil
  ) throws {
    // Both are answered from histories, of candidates, whatever their own queries are.
    if let other {
      try EvaluationData.requireSameColumns(model.vocabularies, other.vocabularies, candidatesAlone: true)
    }
    var candidates = IDMap(model.vocabularies.candidate)
    let otherRows = other.map { candidates.rows(of: $0.vocabularies.candidate) } ?? []
    candidateCount = candidates.count
    candidateRows = (candidates.rows(of: model.vocabularies.candidate), otherRows)
    let userColumn = test.roles.query
    let testUsers = Vocabulary(column: userColumn, interactions: try test.text(userColumn))
    var queries = IDMap(testUsers)
    described = (
      try DescribedQueries(model, users: users, numbers: queries),
      try other.flatMap { try DescribedQueries($0, users: users, numbers: queries) }
    )
    let parts = try [train, history, test].enumerated().compactMap { number, part in
      try part.map { try Part($0, userColumn, model.vocabularies.candidate.column, number, &queries, &candidates) }
    }
    guard let trained = parts.first, let tested = parts.last, !tested.rows.isEmpty else {
      throw DataError.noRows("test")
    }
    self.train = NumberedPairs(queries: trained.queries, candidates: trained.candidates)
    trainTimes = trained.times.map { Double($0) }
    counts = self.train.distinct.counts(candidateCount: candidateCount)
    let userCount = queries.known
    contexts = (
      try EventContexts(model, test: test, users: testUsers.values),
      try other.flatMap { try EventContexts($0, test: test, users: testUsers.values) }
    )
    var order: [(time: Int64, part: Int, place: Int)] = []
    for (number, part) in parts.enumerated() {
      for place in part.rows.indices where Int(part.queries[place]) < userCount {
        order.append((part.times[place], number, place))
      }
    }
    order.sort { ($0.time, $0.part, $0.place) < ($1.time, $1.part, $1.place) }
    let queriesInOrder = order.map { parts[$0.part].queries[$0.place] }
    choices = JaggedArray(
      order.map { parts[$0.part].candidates[$0.place] }, in: queriesInOrder, count: userCount)
    let rows = order.map { $0.part == parts.count - 1 ? tested.rows[$0.place] : -1 }
    testRows = JaggedArray(rows, in: queriesInOrder, count: userCount).values
    var trainRows = [Int32](repeating: 0, count: userCount)
    for query in trained.queries where Int(query) < userCount { trainRows[Int(query)] += 1 }
    self.trainRows = trainRows
    eventCount = tested.rows.count
    var length = 0
    for user in 0..<userCount {
      for (place, choice) in choices.range(user).enumerated() where testRows[choice] >= 0 { length += place }
    }
    historyLength = length
    (self.model, self.other) = (model, other)
  }

  /// Some interactions as numbers, an event once: item-to-item data has it once for each candidate chosen before.
  private struct Part {
    let rows: [Int32]
    let queries: [Int32]
    let candidates: [Int32]
    let times: [Int64]

    init(
      _ interactions: Interactions, _ users: String, _ column: String, _ number: Int, _ queries: inout IDMap,
      _ candidates: inout IDMap
    ) throws {
      let times = try interactions.times()
      let (users, chosen) = (
        queries.numbers(of: try interactions.text(users)), candidates.numbers(of: try interactions.text(column))
      )
      let isRepeated = interactions.roles.previous != nil
      let rows = times.indices.filter { row in
        !isRepeated || row == 0 || users[row] != users[row - 1] || chosen[row] != chosen[row - 1]
          || times[row] != times[row - 1]
      }
      self.rows = rows.map { Int32($0) }
      self.queries = rows.map { users[$0] }
      self.candidates = rows.map { chosen[$0] }
      self.times = rows.map { times[$0] }
    }
  }

  /// Numbers that baselines' costs follow from.
  package var sizes: EvaluationSizes {
    var counts = [Int](repeating: 0, count: train.queryCount)
    for query in train.queries { counts[Int(query)] += 1 }
    return EvaluationSizes(
      queries: eventCount, candidates: candidateCount, dimension: model.dimension, pairs: train.count,
      cooccurrences: counts.reduce(0) { $0 + $1 * $1 }, history: historyLength)
  }
}
