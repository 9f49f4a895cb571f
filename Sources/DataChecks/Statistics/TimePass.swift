import Tables

/// Reads the times of interactions twice: to see which days are plausible, and which rows are of the last of these.
struct TimePass {
  let plausible: PlausibleTimes
  private(set) var findings = TimeFindings()
  /// The rows of the last plausible day; `nil` if there is only one day.
  private(set) var lastDay: RowSet?

  init(_ table: TableFile, column: String, firstDay: Int?, lastDay: Int?) throws {
    var counts = DayCounts()
    var missing = 0
    try table.forEachPart(ofNumbers: column) { part, flags, _ in
      for place in part.indices {
        if !flags.isEmpty, flags[place] == 0 { missing += 1 } else { counts.take(part[place]) }
      }
    }
    plausible = PlausibleTimes(counts, first: firstDay, last: lastDay)
    findings.early = plausible.early
    findings.late = plausible.late
    findings.missing = missing
    findings.areCounters = plausible.areCounters
    if let last = plausible.days.last?.day, plausible.days.count > 1 || findings.early + findings.late > 0 {
      try look(at: table, column, lastDay: last)
    }
  }

  private mutating func look(at table: TableFile, _ column: String, lastDay: Int) throws {
    var rows = RowSet(rows: table.rows)
    var units: [String: Int] = [:]
    let (start, end) = (Double(lastDay) * 86_400, Double(lastDay + 1) * 86_400)
    let plausible = plausible
    let hasImplausible = findings.early + findings.late > 0
    try table.forEachPart(ofNumbers: column) { part, flags, first in
      for place in part.indices {
        let time = part[place]
        if time >= start, time < end {
          if flags.isEmpty || flags[place] != 0 { rows.insert(first + place) }
        } else if hasImplausible, !plausible.contains(time), flags.isEmpty || flags[place] != 0 {
          if let unit = plausible.unit(of: time) { units[unit, default: 0] += 1 }
        }
      }
    }
    if plausible.days.count > 1 { self.lastDay = rows }
    guard let most = units.min(by: { ($1.value, $0.key) < ($0.value, $1.key) }) else { return }
    (findings.misscaled, findings.unit) = (most.value, most.key)
  }
}

extension TableFile {
  /// Gives a column of numbers part by part, with the flags of presence, if any number is missing, and the first row.
  func forEachPart(
    ofNumbers column: String, _ body: (_ part: [Double], _ flags: [UInt8], _ first: Int) throws -> Void
  ) throws {
    var stream = try numbers(column)
    var part: [Double] = []
    var first = 0
    while first < rows {
      let count = min(Self.partRows, rows - first)
      _ = try stream.next(count, into: &part)
      try body(part, stream.flags, first)
      first += count
    }
  }

  /// Gives the codes of a text column part by part, with the first row.
  func forEachPart(of stream: inout TextStream, _ body: (_ part: [UInt32], _ first: Int) throws -> Void) throws {
    var part: [UInt32] = []
    var first = 0
    while first < rows {
      let count = min(Self.partRows, rows - first)
      try stream.next(count, into: &part)
      try body(part, first)
      first += count
    }
  }
}
