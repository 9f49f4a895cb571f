import Parquet
import Tables

/// Puts the row groups of a column together, in their order, and checks each row by the column's role.
struct ColumnAssembler {
  typealias Fault = (row: Int, fault: RowFault)

  private let role: ColumnRole?
  private let kind: GatheredKind
  private var interner = Interner()
  private var codes: [UInt32] = []
  /// The strings that a row may not have.
  private var badText: [UInt32: RowFault] = [:]
  private var integers: [Int64] = []
  private var reals: [Double] = []
  private var present: [UInt8] = []
  private var starts: [UInt64] = [0]
  private var times = TimeReader()
  /// The unit that the column's type gives its times.
  private var givenUnit: TimeUnit?
  private var count = 0
  private(set) var faults: [Fault] = []

  /// - Parameter rows: of all row groups.
  init(_ column: ParquetPart.Column, rows: Int) {
    role = column.role
    kind = column.kind
    switch kind {
    case .text: codes.reserveCapacity(rows)
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

  func column(_ name: String) -> Column {
    switch kind {
    case .text: Column(name, .text(TextColumn(codes: codes, unsorted: interner.strings)))
    case .integers: Column(name, .integers(integers, present: present.isEmpty ? nil : present))
    case .times: Column(name, .integers(integers, present: nil))
    case .reals: Column(name, .reals(reals, present: present.isEmpty ? nil : present))
    case .lists: Column(name, .textLists(starts: starts, TextColumn(codes: codes, unsorted: interner.strings)))
    }
  }

  // MARK: Text

  private mutating func appendText(_ chunk: ChunkValues) {
    guard case .text(let given, let strings) = chunk.values else { preconditionFailure("text is decoded as text") }
    var map: [UInt32] = []
    let known = interner.strings.count
    interner.intern(strings.buffer, strings.ranges, into: &map)
    let start = codes.count
    codes += given
    var all = codes.mutableSpan
    for place in start..<all.count { all[place] = map[Int(all[place])] }
    for length in chunk.lengths { starts.append((starts.last ?? 0) + UInt64(length)) }
    noteBadText(of: known)
    if !badText.isEmpty { noteRows(chunk, from: start) }
  }

  /// Notes the strings from `known` on that may not be there.
  private mutating func noteBadText(of known: Int) {
    let strings = interner.strings
    for place in known..<strings.count {
      let text = strings.utf8(place)
      if text.isEmpty, role == .key { badText[UInt32(place)] = .empty }
      if !text.allSatisfy({ $0 < 0x80 }), String(validating: text, as: UTF8.self) == nil {
        badText[UInt32(place)] = .notUTF8
      }
    }
  }

  /// Notes the rows whose text may not be there; of lists, those that hold it.
  private mutating func noteRows(_ chunk: ChunkValues, from start: Int) {
    if kind == .lists {
      var item = start
      for (row, length) in chunk.lengths.enumerated() {
        let bad = codes[item..<item + length].first { badText[$0] != nil }
        if let fault = bad.flatMap({ badText[$0] }) { faults.append((count + row, fault)) }
        item += length
      }
    } else {
      for place in start..<codes.count {
        if let fault = badText[codes[place]] { faults.append((place, fault)) }
      }
    }
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
      let numbers = (0..<strings.count).map { place in
        Double(strings.text(place)).flatMap { $0.isFinite ? $0 : nil }
      }
      for (row, code) in codes.enumerated() {
        if numbers[Int(code)] == nil, chunk.present.isEmpty || chunk.present[row] == 1 {
          let text = strings.text(Int(code))
          faults.append((start + row, text.isEmpty ? .empty : .notANumber(text)))
        }
        reals.append(numbers[Int(code)] ?? 0)
      }
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

  // MARK: Times

  private mutating func appendTimes(_ chunk: ChunkValues, _ type: ColumnType) {
    let start = integers.count
    switch chunk.values {
    case .integers(let values):
      integers += values
      switch type {
      case .timestamp(let unit): readTimes(chunk, from: start, TimeUnit(unit))
      case .date: readDays(chunk, from: start)
      default: readNumbers(chunk, from: start)
      }
    case .reals(let values):
      for (row, value) in values.enumerated() {
        append(chunk, row) { times throws(RowFault) in
          guard value.isFinite else { throw .notANumber("\(value)") }
          return try times.read(value, spelled: "\(value)")
        }
      }
    case .text(let codes, let strings):
      var read: [UInt32: Result<Int64, RowFault>] = [:]
      for (row, code) in codes.enumerated() {
        append(chunk, row) { times throws(RowFault) in
          if let known = read[code] { return try known.get() }
          let text = strings.text(Int(code))
          let result = Result { () throws(RowFault) in
            guard !text.isEmpty else { throw .empty }
            return try times.read(text)
          }
          read[code] = result
          return try result.get()
        }
      }
    }
  }

  /// Appends the time of a row, or 0 and its fault.
  private mutating func append(
    _ chunk: ChunkValues, _ row: Int, _ read: (inout TimeReader) throws(RowFault) -> Int64
  ) {
    guard chunk.isPresent(row) else {
      faults.append((count + row, .empty))
      integers.append(0)
      return
    }
    do throws(RowFault) { integers.append(try read(&times)) } catch {
      faults.append((count + row, error))
      integers.append(0)
    }
  }

  /// Times of a unit that the file gives.
  private mutating func readTimes(_ chunk: ChunkValues, from start: Int, _ unit: TimeUnit) {
    givenUnit = unit
    read(chunk, from: start, unit) { value in
      let seconds = value / Int64(unit.perSecond)
      return .timeOutOfRange(CivilTime.text(seconds), year: TimeReader.year(Double(seconds)))
    }
  }

  /// Numbers whose unit their size tells.
  private mutating func readNumbers(_ chunk: ChunkValues, from start: Int) {
    var times = times
    if times.unit == nil {
      for row in start..<integers.count where chunk.isPresent(row - start) {
        let value = integers[row]
        if (try? times.read(Double(value), spelled: "\(value)")) != nil { break }
      }
    }
    self.times = times
    read(chunk, from: start, times.unit ?? .seconds) { value in
      var reader = times
      do throws(RowFault) {
        _ = try reader.read(Double(value), spelled: "\(value)")
        return .notATime("\(value)")
      } catch { return error }
    }
  }

  /// Makes the integers from `start` on, which are times of a unit, into seconds.
  private mutating func read(
    _ chunk: ChunkValues, from start: Int, _ unit: TimeUnit, _ fault: (Int64) -> RowFault
  ) {
    let perSecond = Int64(unit.perSecond)
    let first = Int64(TimeReader.seconds.lowerBound) * perSecond
    let (end, isFar) = Int64(TimeReader.seconds.upperBound).multipliedReportingOverflow(by: perSecond)
    let last = isFar ? Int64.max : end - 1
    var found: [Fault] = []
    var all = integers.mutableSpan
    for row in start..<all.count {
      let value = all[row]
      if first <= value, value <= last, chunk.isPresent(row - start) {
        all[row] = perSecond == 1 ? value : value / perSecond
      } else {
        found.append((row, chunk.isPresent(row - start) ? fault(value) : .empty))
        all[row] = 0
      }
    }
    faults += found
  }

  private mutating func readDays(_ chunk: ChunkValues, from start: Int) {
    for row in start..<integers.count {
      let day = integers[row]
      let (seconds, isFar) = day.multipliedReportingOverflow(by: 86_400)
      if !chunk.isPresent(row - start) {
        faults.append((row, .empty))
      } else if isFar || !TimeReader.seconds.contains(Double(seconds)) {
        let year = TimeReader.year(Double(day) * 86_400)
        faults.append((row, .timeOutOfRange(ValueSpelling.text(day, .date), year: year)))
      }
      integers[row] = isFar ? 0 : seconds
    }
  }
}

extension ChunkValues {
  /// The number of entries.
  var count: Int {
    switch values {
    case .text(let codes, _): codes.count
    case .integers(let values): values.count
    case .reals(let values): values.count
    }
  }

  @inline(__always)
  func isPresent(_ row: Int) -> Bool { present.isEmpty || present[row] == 1 }
}

extension ByteStrings {
  fileprivate func text(_ place: Int) -> String { String(decoding: self[place], as: UTF8.self) }
}

extension TimestampUnit {
  /// The number of units in a second.
  fileprivate var perSecond: Int64 { Int64(TimeUnit(self).perSecond) }
}

extension TimeUnit {
  fileprivate init(_ unit: TimestampUnit) {
    self =
      switch unit {
      case .milliseconds: .milliseconds
      case .microseconds: .microseconds
      case .nanoseconds: .nanoseconds
      }
  }
}
