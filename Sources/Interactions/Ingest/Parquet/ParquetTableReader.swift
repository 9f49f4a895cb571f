import Artifacts
import BasicAlgorithms
import ParallelLoops
import Parquet
import SystemFiles
import Tables

/// Reads the columns of a table's parts one after another: some row groups are decoded at a time, and put together in
/// their order, so that memory holds the finished columns and little more.
struct ParquetTableReader {
  private let parts: [ParquetPart]
  private let request: TableRequest
  private let threads: Int
  private let groups: [Group]

  /// A row group of a part, and the number of its first row in the table.
  private struct Group {
    let part: Int
    let number: Int
    let first: Int
    let rows: Int
  }

  /// The fields of rows that cannot be read, by the rows.
  private typealias Faults = [Int: [(field: String, fault: RowFault)]]

  init(parts: [ParquetPart], _ request: TableRequest, threads: Int) {
    self.parts = parts
    self.request = request
    self.threads = threads
    groups = Self.groups(parts)
  }

  func read() throws -> RawTable {
    let rows = parts.reduce(0) { $0 + $1.file.rows }
    var faults: Faults = [:]
    var timeUnit: TimeUnit?
    var finished = try columns(rows, &faults, &timeUnit)
    let folders = folderColumns(&faults, &timeUnit)
    let (isLeftOut, ruleCounts) = try leftOut(rows, finished, faults)
    // Rows that conditions leave out need not be right.
    if !isLeftOut.isEmpty { faults = faults.filter { !isLeftOut[$0.key] } }
    var counts = parts.map(\.file.rows)
    if !faults.isEmpty || ruleCounts.contains(where: { $0.rows > 0 }) {
      let kept = (0..<rows).filter { faults[$0] == nil && (isLeftOut.isEmpty || !isLeftOut[$0]) }
      finished = finished.map { $0.selecting(kept) }
      counts = Self.counts(kept, counts)
    }
    finished += folders.map { $0.column(counts) }
    // The first field with a fault is the row's.
    let rejects = faults.sorted { $0.key < $1.key }.map { reject($0, $1[0].field, $1[0].fault) }
    return RawTable(
      columns: finished, rows: counts.reduce(0, +), rejects: rejects, lines: rows, timeUnit: timeUnit,
      ruleCounts: ruleCounts)
  }

  /// A flag for each row that the request's conditions leave out, and how many each does; no flags without conditions.
  ///
  /// - Parameter columns: those of the files, with all rows.
  private func leftOut(
    _ rows: Int, _ columns: [Column], _ faults: Faults
  ) throws -> (isLeftOut: [Bool], counts: [RuleCount]) {
    guard !request.keep.isEmpty else { return ([], []) }
    var isLeftOut = [Bool](repeating: false, count: rows)
    var counts: [RuleCount] = []
    for condition in request.keep {
      let (name, isKey) = (condition.column, request.roles[condition.column] == .key)
      let column = columns.first { $0.name == name }
      var times = TimeReader()
      var count = 0
      for group in groups {
        let part = parts[group.part]
        let given = part.folders.first { $0.name == name }?.value.map { RawValue.text(Array($0.utf8)[...]) }
        for row in group.first..<group.first + group.rows where !isLeftOut[row] {
          let fault = faults[row]?.first { $0.field == name }?.fault
          // A column of text has what the file has; a number that is none stands there as 0.
          if let fault, fault != .empty, fault != .notUTF8 { continue }
          let value = fault == .empty ? .missing : column?.value(row) ?? given ?? .missing
          do throws(RowFault) {
            if try condition.holds(value, isKey: isKey, style: .plain, times: &times) { continue }
          } catch { throw DataError.badSource(part.name, .notComparable(column: name, condition: condition.text)) }
          isLeftOut[row] = true
          count += 1
        }
      }
      counts.append(RuleCount(rule: "keep \(condition.text)", rows: count))
    }
    return (isLeftOut, counts)
  }

  /// The columns of the files, with all rows.
  private func columns(_ rows: Int, _ faults: inout Faults, _ timeUnit: inout TimeUnit?) throws -> [Column] {
    let columns = parts.first?.columns ?? []
    let chunks = columns.indices.flatMap { column in groups.indices.map { (column: column, group: $0) } }
    var finished: [Column] = []
    var assemblers: [Int: (texts: TextLanes, assembler: ColumnAssembler)] = [:]

    func begin(_ column: Int) {
      let texts = TextLanes(columns[column].role, count: threads)
      assemblers[column] = (texts, ColumnAssembler(columns[column], texts, rows: groups.isEmpty ? 0 : rows))
    }

    func finish(_ column: Int) {
      guard var (_, assembler) = assemblers.removeValue(forKey: column) else { return }
      let name = columns[column].column.name
      finished.append(assembler.takeColumn(name))
      if columns[column].role == .timestamp { timeUnit = assembler.timeUnit }
      for (row, fault) in assembler.faults { faults[row, default: []].append((name, fault)) }
      // What texts took beside their codes would stay with the allocator, while the next columns take more.
      if columns[column].kind == .text { releaseFreeMemory() }
    }

    for start in stride(from: 0, to: chunks.count, by: threads) {
      let batch = chunks[start..<min(start + threads, chunks.count)]
      for chunk in batch where assemblers[chunk.column] == nil { begin(chunk.column) }
      let texts = batch.map { assemblers[$0.column]?.texts }
      let decoded = parallelMap(batch.count, threads: threads) { place in
        decode(batch[start + place].column, groups[batch[start + place].group], texts[place], lane: place)
      }
      for ((column, group), result) in zip(batch, decoded) {
        let part = parts[groups[group].part]
        let chunk: ChunkValues
        do throws(ParquetError) { chunk = try result.get() } catch {
          throw DataError.badSource(part.name, .parquet(error))
        }
        assemblers[column]?.assembler.append(chunk, part.columns[column].column.type)
        if group == groups.count - 1 { finish(column) }
      }
    }
    if groups.isEmpty {
      for column in columns.indices {
        begin(column)
        finish(column)
      }
    }
    return finished
  }

  /// The columns that folders give, which come behind those of the files.
  private func folderColumns(_ faults: inout Faults, _ timeUnit: inout TimeUnit?) -> [FolderColumn] {
    let names = parts.first?.folders.map(\.name) ?? []
    return names.map { name in
      let values = parts.map { part in part.folders.first { $0.name == name }?.value }
      let column = FolderColumn(name, values, request)
      if request.roles[name] == .timestamp { timeUnit = column.timeUnit }
      for group in groups {
        guard let fault = column.faults[group.part] else { continue }
        for row in group.first..<group.first + group.rows { faults[row, default: []].append((name, fault)) }
      }
      return column
    }
  }

  /// The number of kept rows of each part.
  private static func counts(_ kept: [Int], _ rows: [Int]) -> [Int] {
    var (start, next) = (0, 0)
    return rows.map { rows in
      let first = next
      start += rows
      while next < kept.count, kept[next] < start { next += 1 }
      return next - first
    }
  }

  /// The row groups of all parts, without empty ones.
  private static func groups(_ parts: [ParquetPart]) -> [Group] {
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

  private func decode(
    _ column: Int, _ group: Group, _ texts: TextLanes?, lane: Int
  ) -> Result<ChunkValues, ParquetError> {
    let part = parts[group.part]
    let wanted = part.columns[column]
    return Result { () throws(ParquetError) in
      let reader = try part.file.chunk(wanted.column, rowGroup: group.number)
      var decoder = ChunkDecoder(reader, rows: group.rows)
      guard wanted.kind == .text || wanted.kind == .lists, let texts else { return try decoder.decode() }
      return try texts.with(lane) { texts in
        Result { () throws(ParquetError) in try decoder.decode(into: &texts, lane: lane) }
      }.get()
    }
  }

  private func reject(_ row: Int, _ field: String, _ fault: RowFault) -> Reject {
    let group = groups[groups.indices.partitioningIndex { groups[$0].first > row } - 1]
    return Reject(
      file: parts[group.part].name, place: .row(row - group.first + 1, group: group.number + 1), field: field,
      fault: fault)
  }
}
