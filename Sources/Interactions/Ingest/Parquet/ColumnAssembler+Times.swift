import Parquet
import Tables

/// Times, of whatever type and unit they are.
extension ColumnAssembler {
  mutating func appendTimes(_ chunk: ChunkValues, _ type: ColumnType) {
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
          let text = strings[Int(code)]
          let result = Result { () throws(RowFault) in
            guard !text.isEmpty else { throw .empty }
            return try times.read(text)
          }
          read[code] = result
          return try result.get()
        }
      }
    case .codes: preconditionFailure("times are not decoded as codes")
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

extension TimestampUnit {
  /// The number of units in a second.
  var perSecond: Int64 { Int64(TimeUnit(self).perSecond) }
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
