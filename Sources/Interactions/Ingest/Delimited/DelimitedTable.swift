import ParallelLoops
import Synchronization
import SystemFiles
import Tables

/// The rows of delimited files that are parts of one table, read by several threads: each reads whole blocks of records,
/// and the blocks are put together in their order.
final class DelimitedTable {
  /// The columns that one thread reads into.
  private final class Lane: Sendable {
    struct State: Sendable {
      var rows: RowBuilder
      var parser = BlockParser()
    }

    let state: Mutex<State>

    init(_ rows: RowBuilder) { state = Mutex(State(rows: rows)) }
  }

  /// `true` if threads took numbers for times in different units, which only the order of all rows decides.
  private(set) var hasSeveralUnits = false
  private(set) var timeUnit: TimeUnit?
  private(set) var names: [String] = []
  private(set) var rejects: [Reject] = []
  private(set) var lines = 0
  private(set) var rows = 0

  private let request: TableRequest
  /// The bytes of all files, by which memory is reserved.
  private let size: Int
  private let threads: Int
  private var lanes: [Lane] = []
  private var columns: [GatheredColumnBox] = []
  /// The file that named the columns.
  private var first = ""
  private var waiting: [RecordBlock] = []
  private var waitingBytes = 0
  private var readBytes = 0
  private var isReserved = false
  /// The read bytes at which memory is given back to the system again.
  private var nextRelease = 1 << 24
  /// The lines of the current file so far.
  private var fileLines = 0

  /// Bytes of a block, which change nothing but time and memory.
  let blockSize: Int

  init(_ request: TableRequest, size: Int, threads: Int, blockSize: Int = 1 << 20) {
    self.request = request
    self.blockSize = blockSize
    self.size = size
    self.threads = threads
  }

  /// The layout of a file, whose columns may come in another order than those of the first one.
  ///
  /// - Parameter partitions: values that its folders give to all of its rows.
  func layout(
    of file: DelimitedFile, columns own: [String], _ partitions: [(name: String, value: String?)]
  ) throws(DataError) -> FileLayout {
    try request.check(columnCount: own.count, of: file.name)
    let added = partitions.filter { !own.contains($0.name) }
    let all = own + added.map(\.name)
    if lanes.isEmpty {
      try request.check(all, of: file.name)
      names = all
      first = file.name
      lanes = (0..<threads).map { _ in Lane(RowBuilder(all, request)) }
      columns = lanes[0].state.withLock { $0.rows.builders.map { GatheredColumnBox(of: $0) } }
    }
    // Columns that folders give are last; the others may come in another order.
    let fields = Dictionary(zip(own, own.indices)) { first, _ in first }
    let places = names.prefix(own.count).compactMap { fields[$0] }
    guard all.count == names.count, Set(names) == Set(all), places.count == own.count else {
      throw .badSource(file.name, .otherColumns(all, first: first, columns: names))
    }
    let constants = names.dropFirst(own.count).map { name in
      added.first { $0.name == name }?.value.map { RawValue.text(Array($0.utf8)[...]) } ?? .missing
    }
    return FileLayout(
      file: file.name, dialect: file.dialect, width: own.count, places: places, constants: constants)
  }

  /// Counts lines of a file without records.
  func pass(lines count: Int) { lines += count }

  /// Takes a block; the blocks of all files come in their order.
  func take(_ block: RecordBlock) {
    waiting.append(block)
    waitingBytes += block.count
    if waitingBytes >= threads * blockSize { readWaiting() }
  }

  /// Reads the blocks that still wait, so that `hasSeveralUnits` is about all rows.
  func readRest() {
    if !waiting.isEmpty { readWaiting() }
  }

  private func readWaiting() {
    let (lanes, blocks) = (lanes, waiting)
    let parsed = parallelMap(lanes.count, threads: threads) { lane in
      lanes[lane].state.withLock { state in
        stride(from: lane, to: blocks.count, by: lanes.count).map {
          state.parser.parse(blocks[$0], into: &state.rows)
        }
      }
    }
    gather(blocks.indices.map { parsed[$0 % lanes.count][$0 / lanes.count] })
    readBytes += waitingBytes
    (waiting, waitingBytes) = ([], 0)
    if readBytes >= nextRelease {
      // The smaller tables of strings, which larger ones took the place of, would stay with the allocator.
      nextRelease = readBytes * 2
      releaseFreeMemory()
    }
    if !isReserved {
      isReserved = true
      // Some more than the first rows promise; memory that is not written to takes none.
      let expected = Double(rows) * Double(size) / Double(max(readBytes, 1)) * 1.05
      if size > readBytes, expected < 1e10 { for column in columns { column.reserve(Int(expected)) } }
    }
  }

  /// Puts the rows of blocks behind those of the blocks before.
  private func gather(_ parsed: [ParsedBlock]) {
    var ends = [Int](repeating: 0, count: lanes.count)
    var parts: [GatheredColumnBox.Part] = []
    for (number, block) in parsed.enumerated() {
      let lane = number % lanes.count
      if let before = waiting[number].linesBefore {
        fileLines = before
        lines += before
      }
      for var reject in block.rejects {
        reject.place = .line(fileLines + reject.place.number)
        rejects.append(reject)
      }
      fileLines += block.lines
      lines += block.lines
      parts.append((ends[lane]..<ends[lane] + block.rows, lane))
      ends[lane] += block.rows
      rows += block.rows
    }
    append(parts)
    let units = lanes.map { lane in
      lane.state.withLock { state in
        state.rows.removeRows()
        return state.rows.timeUnits
      }
    }
    timeUnit = units.lazy.compactMap { $0[0] }.first
    for place in units[0].indices where Set(units.compactMap { $0[place] }).count > 1 { hasSeveralUnits = true }
  }

  private func append(_ parts: [GatheredColumnBox.Part]) {
    let builders = lanes.map { lane in lane.state.withLock { $0.rows.builders } }
    let columns = columns
    parallel(blocks: columns.count, threads: threads) { place in
      columns[place].append(parts, of: builders.map { $0[place] })
    }
  }

  /// The finished table; `nil` if no file had a record.
  func finish() -> RawTable? {
    guard !lanes.isEmpty else { return nil }
    readRest()
    let counts = lanes.map { lane in lane.state.withLock { $0.rows.ruleCounts } }
    let strings = lanes.map { lane in lane.state.withLock { $0.rows.builders.map(\.strings) } }
    // The tables that find strings are released, since the columns take more memory now.
    lanes = []
    releaseFreeMemory()
    let (columns, names) = (columns, names)
    self.columns = []
    let finished = parallelMap(columns.count, threads: threads) { place in
      columns[place].column(names[place], strings.map { $0[place] })
    }
    releaseFreeMemory()
    return RawTable(
      columns: finished, rows: rows, rejects: rejects, lines: lines, timeUnit: timeUnit,
      ruleCounts: counts[0].indices.map { rule in
        RuleCount(rule: counts[0][rule].rule, rows: counts.reduce(0) { $0 + $1[rule].rows })
      })
  }
}
