import Tables

/// Counts rows whose query and candidate, and those whose time too, an earlier row has.
///
/// Rows are put beside those of the same query and sorted there; memory holds some 130 MB of them at a time, whatever
/// their number, and the columns are read once more for each further part.
///
/// Unsafe inside, to sort a part of an array where it lies.
struct RepeatedRows {
  private(set) var pairs = 0
  private(set) var rows = 0

  /// The most rows in memory, unless one query alone has more.
  static let mostRows = 1 << 24

  /// - Parameters:
  ///   - timestamp: the column of times; `nil` if there is none, and no row counts as repeated then.
  ///   - counts: the rows of each query.
  init(
    _ table: TableFile, query: String, candidate: String, timestamp: String?, counts: [Int], most: Int = mostRows
  ) throws {
    var first = 0
    while first < counts.count {
      var (end, rows) = (first, 0)
      while end < counts.count, end == first || rows + counts[end] <= most {
        rows += counts[end]
        end += 1
      }
      try add(table, query, candidate, timestamp, counts, first..<end)
      first = end
    }
  }

  private mutating func add(
    _ table: TableFile, _ query: String, _ candidate: String, _ timestamp: String?, _ counts: [Int],
    _ range: Range<Int>
  ) throws {
    var next = [Int]()
    var total = 0
    for place in range {
      next.append(total)
      total += counts[place]
    }
    var keys = [UInt64](repeating: 0, count: total)
    var (queries, candidates) = (try table.text(query), try table.text(candidate))
    var times = try timestamp.map { try table.numbers($0) }
    var (queryPart, candidatePart, timePart): ([UInt32], [UInt32], [Double]) = ([], [], [])
    var left = table.rows
    while left > 0 {
      let count = min(left, TableFile.partRows)
      left -= count
      try queries.next(count, into: &queryPart)
      try candidates.next(count, into: &candidatePart)
      _ = try times?.next(count, into: &timePart)
      for row in 0..<count {
        let place = Int(queryPart[row])
        guard range.contains(place) else { continue }
        let slot = next[place - range.lowerBound]
        keys[slot] = UInt64(candidatePart[row]) << 32 | (timestamp == nil ? 0 : UInt64(Self.folded(timePart[row])))
        next[place - range.lowerBound] = slot + 1
      }
    }
    var start = 0
    for place in range {
      let end = start + counts[place]
      if counts[place] > 1 { count(&keys, start..<end, hasTimes: timestamp != nil) }
      start = end
    }
  }

  /// A time in 32 bits: all of one between 1970 and 2106.
  private static func folded(_ seconds: Double) -> UInt32 {
    let whole = UInt64(bitPattern: Int64(exactly: seconds.rounded()) ?? 0)
    return UInt32(truncatingIfNeeded: whole ^ (whole >> 32))
  }

  private mutating func count(_ keys: inout [UInt64], _ range: Range<Int>, hasTimes: Bool) {
    unsafe keys.withUnsafeMutableBufferPointer { keys in
      var part = unsafe UnsafeMutableBufferPointer(rebasing: keys[range])
      unsafe part.sort()
    }
    for place in range.dropFirst() {
      let (before, key) = (keys[place - 1], keys[place])
      if before >> 32 == key >> 32 { pairs += 1 }
      if hasTimes, before == key { rows += 1 }
    }
  }
}
