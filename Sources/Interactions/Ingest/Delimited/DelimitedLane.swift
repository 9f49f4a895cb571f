import Synchronization
import Tables

/// The columns that one thread at a time reads blocks into.
final class DelimitedLane: Sendable {
  private struct State: Sendable {
    var rows: RowBuilder
    var parser = BlockParser()
    var parsed = ParsedBlock()
  }

  private let state: Mutex<State>

  init(_ empty: RowBuilder) { state = Mutex(State(rows: empty)) }

  /// Reads a block, whose rows stay here.
  func read(_ block: RecordBlock) {
    state.withLock { state in
      state.parsed = state.parser.parse(block, into: &state.rows)
      state.parsed.linesBefore = block.linesBefore
      state.parsed.bytes = block.count
    }
  }

  /// Puts the rows behind those of the blocks before.
  func empty(into rows: GatheredRows, lane: Int) {
    state.withLock { state in
      rows.append(state.rows, state.parsed, of: lane)
      state.rows.removeRows()
    }
  }

  var ruleCounts: [RuleCount] { state.withLock { $0.rows.ruleCounts } }

  /// The distinct texts of each column.
  var strings: [Strings] { state.withLock { $0.rows.builders.map(\.strings) } }
}
