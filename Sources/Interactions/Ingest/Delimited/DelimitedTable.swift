import ParallelLoops
import Synchronization
import SystemFiles
import Tables

/// The rows of delimited files that are parts of one table, read by several threads: each reads whole blocks of records,
/// and the blocks are put together in their order.
final class DelimitedTable {
  /// `true` if threads took numbers for times in different units, which only the order of all rows decides.
  var hasSeveralUnits: Bool { rows?.hasSeveralUnits ?? false }
  private(set) var names: [String] = []

  private let request: TableRequest
  /// The bytes of all files, by which memory is reserved.
  private let size: Int
  private let threads: Int
  private var lanes: [DelimitedLane] = []
  /// The rows of all lanes; `nil` before the first file was looked at.
  private var rows: GatheredRows?
  private var work: OrderedWork<RecordBlock>?
  /// The lines of files without records.
  private var passedLines = 0
  /// The file that named the columns.
  private var first = ""

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
      begin(RowBuilder(all, request))
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

  private func begin(_ empty: RowBuilder) {
    let lanes = (0..<threads).map { _ in DelimitedLane(empty) }
    let rows = GatheredRows(of: empty, lanes: threads, size: size)
    work = OrderedWork(threads: threads) { lane, block in
      lanes[lane].read(block)
    } collect: { lane in
      lanes[lane].empty(into: rows, lane: lane)
    }
    (self.lanes, self.rows) = (lanes, rows)
  }

  /// Counts lines of a file without records.
  func pass(lines count: Int) { passedLines += count }

  /// Takes a block; the blocks of all files come in their order.
  func take(_ block: RecordBlock) { work?.add(block) }

  /// Reads the blocks that still wait, so that `hasSeveralUnits` is about all rows.
  func readRest() { work?.finish() }

  /// The finished table; `nil` if no file had a record.
  func finish() -> RawTable? {
    guard let rows else { return nil }
    readRest()
    work = nil
    let counts = lanes.map(\.ruleCounts)
    let strings = lanes.map(\.strings)
    // The tables that find strings are released, since the columns take more memory now.
    lanes = []
    releaseFreeMemory()
    var table = rows.table(names, strings, threads: threads)
    table.lines += passedLines
    table.ruleCounts = counts[0].indices.map { rule in
      RuleCount(rule: counts[0][rule].rule, rows: counts.reduce(0) { $0 + $1[rule].rows })
    }
    return table
  }
}
