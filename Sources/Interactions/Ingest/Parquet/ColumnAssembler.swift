import Parquet
import Tables

/// Puts the row groups of a column together, in their order, and checks each row by the column's role.
struct ColumnAssembler {
  typealias Fault = (row: Int, fault: RowFault)

  let role: ColumnRole?
  private let kind: GatheredKind
  /// The texts of the column, if it becomes text.
  private let texts: TextLanes
  private var codes = GatheredCodes()
  var integers: [Int64] = []
  private var reals: [Double] = []
  private var present: [UInt8] = []
  private var starts: [UInt64] = [0]
  var times = TimeReader()
  /// The unit that the column's type gives its times.
  var givenUnit: TimeUnit?
  private(set) var count = 0
  var faults: [Fault] = []

  /// - Parameters:
  ///   - texts: that number the column's text.
  ///   - rows: of all row groups.
  init(_ column: ParquetPart.Column, _ texts: TextLanes, rows: Int) {
    role = column.role
    kind = column.kind
    self.texts = texts
    switch kind {
    case .text: codes.reserve(rows)
    case .integers, .times: integers.reserveCapacity(rows)
    case .reals: reals.reserveCapacity(rows)
    case .lists: starts.reserveCapacity(rows + 1)
    }
  }

  /// The unit of the times; `nil` if they are spelled out.
  var timeUnit: TimeUnit? { givenUnit ?? times.unit }

  /// - Parameters:
  ///   - chunk: of the rows that come next.
  ///   - type: of the column in its file.
  mutating func append(_ chunk: ChunkValues, _ type: ColumnType) {
    switch kind {
    case .text, .lists: appendText(chunk)
    case .integers: appendIntegers(chunk, type)
    case .reals: appendReals(chunk, type)
    case .times: appendTimes(chunk, type)
    }
    count += chunk.lengths.isEmpty ? chunk.count : chunk.lengths.count
  }

  /// The column, of which nothing else holds a copy then.
  mutating func takeColumn(_ name: String) -> Column {
    switch kind {
    case .text: return Column(name, .text(takeText()))
    case .integers: return Column(name, .integers(integers, present: present.isEmpty ? nil : present))
    case .times: return Column(name, .integers(integers, present: nil))
    case .reals: return Column(name, .reals(reals, present: present.isEmpty ? nil : present))
    case .lists: return Column(name, .textLists(starts: starts, takeText()))
    }
  }

  private mutating func takeText() -> TextColumn {
    let (codes, strings) = codes.take(texts.strings)
    return TextColumn(codes: consume codes, unsorted: strings)
  }

  private mutating func appendText(_ chunk: ChunkValues) {
    guard case .codes(let given, let lane) = chunk.values else { preconditionFailure("text is decoded as text") }
    codes.append(given[...], of: lane)
    for length in chunk.lengths { starts.append((starts.last ?? 0) + UInt64(length)) }
    for (row, fault) in chunk.faults { faults.append((count + row, fault)) }
  }

  // MARK: Numbers

  private mutating func appendPresence(_ chunk: ChunkValues) {
    guard !chunk.present.isEmpty || !present.isEmpty else { return }
    if present.isEmpty { present = [UInt8](repeating: 1, count: count) }
    if chunk.present.isEmpty {
      present.append(contentsOf: repeatElement(1, count: chunk.count))
    } else {
      present += chunk.present
    }
  }

  private mutating func appendIntegers(_ chunk: ChunkValues, _ type: ColumnType) {
    guard case .integers(let values) = chunk.values else { preconditionFailure("integers are decoded as integers") }
    let start = integers.count
    integers += values
    appendPresence(chunk)
    var found: [Fault] = []
    var all = integers.mutableSpan
    switch type {
    case .timestamp(let unit):
      let perSecond = unit.perSecond
      for row in start..<all.count {
        let (seconds, rest) = all[row].quotientAndRemainder(dividingBy: perSecond)
        all[row] = rest < 0 ? seconds - 1 : seconds
      }
    case .date:
      for row in start..<all.count {
        let (seconds, isFar) = all[row].multipliedReportingOverflow(by: 86_400)
        if isFar { found.append((row, .notATime("\(all[row])"))) }
        all[row] = isFar ? 0 : seconds
      }
    case .unsigned:
      for row in start..<all.count where all[row] < 0 {
        found.append((row, .notAnInteger("\(UInt64(bitPattern: all[row]))")))
      }
    case .integer, .boolean, .decimal, .real, .text: break
    }
    faults += found
  }

  private mutating func appendReals(_ chunk: ChunkValues, _ type: ColumnType) {
    if role == .weight { noteMissing(chunk) } else { appendPresence(chunk) }
    let start = reals.count
    switch chunk.values {
    case .reals(let values): reals += values
    case .integers(let values):
      switch type {
      case .decimal(let scale):
        var divisor = 1.0
        for _ in 0..<scale { divisor *= 10 }
        for value in values { reals.append(Double(value) / divisor) }
      case .unsigned: for value in values { reals.append(Double(UInt64(bitPattern: value))) }
      default: for value in values { reals.append(Double(value)) }
      }
    case .text(let codes, let strings):
      let numbers = strings.array.map { text in Double(text).flatMap { $0.isFinite ? $0 : nil } }
      for (row, code) in codes.enumerated() {
        if numbers[Int(code)] == nil, chunk.isPresent(row) {
          let text = strings[Int(code)]
          faults.append((start + row, text.isEmpty ? .empty : .notANumber(text)))
        }
        reals.append(numbers[Int(code)] ?? 0)
      }
    case .codes: preconditionFailure("numbers are not decoded as codes")
    }
    for row in start..<reals.count where !reals[row].isFinite {
      // Programs without missing numbers write NaN for them.
      if reals[row].isNaN, role != .weight {
        if present.isEmpty { present = [UInt8](repeating: 1, count: reals.count) }
        present[row] = 0
      } else {
        faults.append((row, .notANumber("\(reals[row])")))
      }
      reals[row] = 0
    }
  }

  private mutating func noteMissing(_ chunk: ChunkValues) {
    for row in chunk.present.indices where chunk.present[row] == 0 { faults.append((count + row, .empty)) }
  }
}
