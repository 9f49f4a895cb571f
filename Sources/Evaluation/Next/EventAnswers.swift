import Interactions
import Kernels
import Tables
import TwoTower

/// A model's scores for test events: always from what the user chose before; where nothing of that is known from the
/// user's features or, without any, from the out-of-vocabulary row. An item-to-item model without a rule for histories
/// answers the last candidate alone.
struct EventAnswers: Sendable {
  private let unknown: Matrix
  private let foldIn: FoldIn
  private let rows: [EmbeddingRow]
  private let packed: PackedRows
  private let missing: [Int32]
  private let described: DescribedQueries?
  private let threads: Int

  init(_ model: Model, rows: [EmbeddingRow], described: DescribedQueries?, threads: Int) throws {
    self.described = described
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
    var (folded, histories, byFeatures) = ([Int](), [[CandidateNumber]](), [Int]())
    for event in block.users.indices {
      let history = history(block, event)
      if history.isEmpty {
        vectors.copy(row: Int(EmbeddingRow.unknown.index), of: unknown, to: event)
        if described?.has(block.users[event]) == true { byFeatures.append(event) }
      } else {
        folded.append(event)
        histories.append(history)
      }
    }
    let found = foldIn.vectors(for: histories, threads: threads)
    for (place, event) in folded.enumerated() { vectors.copy(row: place, of: found, to: event) }
    if let found = described?.vectors(of: byFeatures.map { block.users[$0] }, threads: threads) {
      for (place, event) in byFeatures.enumerated() { vectors.copy(row: place, of: found, to: event) }
    }
    return TowerScores(queries: vectors, candidates: packed, missing: missing)
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
