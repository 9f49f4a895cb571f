import Artifacts
import BasicAlgorithms
import ParallelLoops
import Parquet
import SystemFiles
import Tables

/// Reads the columns of a table's parts one after another: some row groups are decoded at a time, and put together in
/// their order, so that memory holds the finished columns and little more.
struct ParquetTableReader {
  let parts: [ParquetPart]
  let threads: Int

  /// A row group of a part, and the number of its first row in the table.
  private struct Group {
    let part: Int
    let number: Int
    let first: Int
    let rows: Int
  }

  func read() throws -> RawTable {
    let groups = groups
    let rows = parts.reduce(0) { $0 + $1.file.rows }
    let columns = parts.first?.columns ?? []
    let chunks = columns.indices.flatMap { column in groups.indices.map { (column: column, group: $0) } }
    var finished: [Column] = []
    var faults: [Int: (column: Int, fault: RowFault)] = [:]
    var timeUnit: TimeUnit?
    var assembler: ColumnAssembler?

    func finish(_ column: Int) {
      let whole = assembler ?? ColumnAssembler(columns[column], rows: 0)
      assembler = nil
      finished.append(whole.column(columns[column].column.name))
      if columns[column].role == .timestamp { timeUnit = whole.timeUnit }
      // The first field with a fault is the row's.
      for (row, fault) in whole.faults where faults[row] == nil { faults[row] = (column, fault) }
      // What texts took beside their codes would stay with the allocator, while the next columns take more.
      if columns[column].kind == .text { releaseFreeMemory() }
    }

    for start in stride(from: 0, to: chunks.count, by: threads) {
      let wave = chunks[start..<min(start + threads, chunks.count)]
      let decoded = parallelMap(wave.count, threads: threads) { place in
        let (column, group) = wave[start + place]
        return decode(column, groups[group])
      }
      for ((column, group), result) in zip(wave, decoded) {
        let part = parts[groups[group].part]
        let chunk: ChunkValues
        do throws(ParquetError) { chunk = try result.get() } catch {
          throw DataError.badSource(part.name, .parquet(error))
        }
        var current = assembler ?? ColumnAssembler(columns[column], rows: rows)
        assembler = nil
        current.append(chunk, part.columns[column].column.type)
        assembler = current
        if group == groups.count - 1 { finish(column) }
      }
    }
    if groups.isEmpty { for column in columns.indices { finish(column) } }
    let rejects = faults.sorted { $0.key < $1.key }.map { row, fault in
      reject(row, columns[fault.column].column.name, fault.fault, groups)
    }
    if !rejects.isEmpty {
      let kept = (0..<rows).filter { faults[$0] == nil }
      finished = finished.map { $0.selecting(kept) }
    }
    return RawTable(
      columns: finished, rows: rows - rejects.count, rejects: rejects, lines: rows, timeUnit: timeUnit)
  }

  /// The row groups of all parts, without empty ones.
  private var groups: [Group] {
    var groups: [Group] = []
    var first = 0
    for (part, file) in parts.enumerated() {
      for (number, rows) in file.file.rowGroups.enumerated() where rows > 0 {
        groups.append(Group(part: part, number: number, first: first, rows: rows))
        first += rows
      }
    }
    return groups
  }

  private func decode(_ column: Int, _ group: Group) -> Result<ChunkValues, ParquetError> {
    let part = parts[group.part]
    let wanted = part.columns[column]
    return Result { () throws(ParquetError) in
      let reader = try part.file.chunk(wanted.column, rowGroup: group.number)
      var decoder = ChunkDecoder(reader, rows: group.rows, isText: wanted.kind == .text || wanted.kind == .lists)
      return try decoder.decode()
    }
  }

  private func reject(_ row: Int, _ field: String, _ fault: RowFault, _ groups: [Group]) -> Reject {
    let group = groups[groups.indices.partitioningIndex { groups[$0].first > row } - 1]
    return Reject(
      file: parts[group.part].name, place: .row(row - group.first + 1, group: group.number + 1), field: field,
      fault: fault)
  }
}
