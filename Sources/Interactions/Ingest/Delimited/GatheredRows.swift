import ParallelLoops
import Synchronization
import SystemFiles
import Tables

/// The rows of a table, block by block in their order, whichever lane read a block.
final class GatheredRows: Sendable {
  private struct State: Sendable {
    var rejects: [Reject] = []
    var rows = 0
    var lines = 0
    /// The lines of the current file so far.
    var fileLines = 0
    /// The units of the times that each lane has found.
    var units: [[TimeUnit?]]
    var readBytes = 0
    var isReserved = false
    /// The read bytes at which memory is given back to the system again.
    var nextRelease = 1 << 24
  }

  private let state: Mutex<State>
  private let columns: [GatheredColumnBox]
  /// The bytes of all files.
  private let size: Int

  init(of empty: RowBuilder, lanes: Int, size: Int) {
    state = Mutex(State(units: Array(repeating: empty.timeUnits, count: lanes)))
    columns = empty.builders.map { GatheredColumnBox(of: $0) }
    self.size = size
  }

  /// `true` if lanes took numbers for times in different units.
  var hasSeveralUnits: Bool {
    state.withLock { state in
      state.units[0].indices.contains { place in
        Set(state.units.compactMap { $0[place] }).count > 1
      }
    }
  }

  /// Appends a block's rows.
  func append(_ rows: RowBuilder, _ block: ParsedBlock, of lane: Int) {
    for (column, builder) in zip(columns, rows.builders) { column.append(0..<block.rows, of: builder, lane) }
    state.withLock { state in
      if let before = block.linesBefore {
        state.fileLines = before
        state.lines += before
      }
      for var reject in block.rejects {
        reject.place = .line(state.fileLines + reject.place.number)
        state.rejects.append(reject)
      }
      state.fileLines += block.lines
      state.lines += block.lines
      state.rows += block.rows
      state.units[lane] = rows.timeUnits
      state.readBytes += block.bytes
      keepMemoryLow(&state)
    }
  }

  private func keepMemoryLow(_ state: inout State) {
    if state.readBytes >= state.nextRelease {
      // The smaller tables of strings, which larger ones took the place of, would stay with the allocator.
      state.nextRelease = state.readBytes * 2
      releaseFreeMemory()
    }
    guard !state.isReserved else { return }
    state.isReserved = true
    // Some more than the first rows promise; memory that is not written to takes none.
    let expected = Double(state.rows) * Double(size) / Double(max(state.readBytes, 1)) * 1.05
    guard size > state.readBytes, expected < 1e10 else { return }
    for column in columns { column.reserve(Int(expected)) }
  }

  /// The table, which takes the columns.
  ///
  /// - Parameter strings: the distinct texts of each column, of every lane.
  func table(_ names: [String], _ strings: [[Strings]], threads: Int) -> RawTable {
    let columns = columns
    let finished = parallelMap(columns.count, threads: threads) { place in
      columns[place].column(names[place], strings.map { $0[place] })
    }
    releaseFreeMemory()
    return state.withLock { state in
      RawTable(
        columns: finished, rows: state.rows, rejects: state.rejects, lines: state.lines,
        timeUnit: state.units.lazy.compactMap { $0[0] }.first, ruleCounts: [])
    }
  }
}
