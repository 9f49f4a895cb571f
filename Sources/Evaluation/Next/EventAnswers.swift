import Interactions
import Kernels
import Tables
import TwoTower

/// A model's scores for test events: always from what the user chose before; where nothing of that is known from the
/// user's features or, without any, from the out-of-vocabulary row. An item-to-item model without a rule for histories
/// answers the last candidate alone. A model with context answers users whom it knows by their own part in the context of the
/// event, others by their history in no context, and in that of the event where they have none.
struct EventAnswers: Sendable {
  private let unknown: Matrix
  private let foldIn: FoldIn
  private let rows: [EmbeddingRow]
  private let packed: PackedRows
  private let missing: [Int32]
  private let described: DescribedQueries?
  private let contexts: EventContexts?
  private let threads: Int

  init(
    _ model: Model, rows: [EmbeddingRow], described: DescribedQueries?, contexts: EventContexts? = nil, threads: Int
  ) throws {
    (self.described, self.contexts) = (described, contexts)
    let isItemToItem = model.vocabularies.isItemToItem && model.recipe.history.isEmpty
    foldIn = FoldIn(isItemToItem ? try model.reading(.newest) : model)
    unknown = model.queries
    self.rows = rows
    self.threads = threads
    packed = ModelAnswers.packed(model, rows, threads: threads)
    missing = rows.indices.filter { !rows[$0].isKnown }.map { Int32($0) }
  }

  func scores(_ block: EventBlock) -> TowerScores {
    let vectors = Matrix(rows: block.users.count, columns: unknown.columns)
    var (histories, sources) = ([[CandidateNumber]](), [Source: [Int]]())
    for event in block.users.indices {
      let source = source(of: event, block, &histories)
      sources[source, default: []].append(event)
      vectors.copy(row: Int(EmbeddingRow.unknown.index), of: unknown, to: event)
    }
    for (source, events) in sources {
      guard let found = self.vectors(from: source, of: events, block, histories) else { continue }
      for (place, event) in events.enumerated() { vectors.copy(row: place, of: found, to: event) }
    }
    return TowerScores(queries: vectors, candidates: packed, missing: missing)
  }

  /// The source of an event's vector.
  private enum Source: Hashable {
    /// The user's own, or the average user's, in the context of the event.
    case inContext
    case history
    case features
    /// The row of the unknown.
    case unknown
  }

  /// - Parameter histories: gets the history, if that is the source.
  private func source(of event: Int, _ block: EventBlock, _ histories: inout [[CandidateNumber]]) -> Source {
    let user = block.users[event]
    if let contexts, contexts.knows(user) { return .inContext }
    let history = history(block, event)
    guard history.isEmpty else {
      histories.append(history)
      return .history
    }
    if described?.has(user) == true { return .features }
    return contexts?.isKnown(block.testRows[event]) == true ? .inContext : .unknown
  }

  /// A row for each of some events of one source; `nil` for that of the unknown, which all have to begin with.
  private func vectors(
    from source: Source, of events: [Int], _ block: EventBlock, _ histories: [[CandidateNumber]]
  ) -> Matrix? {
    switch source {
    case .inContext: contexts?.vectors(of: events, block, threads: threads)
    case .history: foldIn.vectors(for: histories, threads: threads)
    case .features:
      described.map { described in
        contexts?.vectors(of: events, block, described, threads: threads)
          ?? described.vectors(of: events.map { block.users[$0] }, threads: threads)
      }
    case .unknown: nil
    }
  }

  /// The candidates of an event's history that the model has: in order as far as they count, or all of them.
  private func history(_ block: EventBlock, _ event: Int) -> [CandidateNumber] {
    guard let newest = foldIn.newest else {
      return block.judged.history(event).compactMap { rows[Int($0)].number() }.sorted()
    }
    var history: [CandidateNumber] = []
    for candidate in block.newest[event].reversed() where history.count < newest {
      if Int(candidate) < rows.count, let number: CandidateNumber = rows[Int(candidate)].number() {
        history.append(number)
      }
    }
    return history.reversed()
  }
}
