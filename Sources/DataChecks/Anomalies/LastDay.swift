import Glibc

/// The last day beside those before it.
struct LastDay: Sendable, Equatable {
  let day: DayRows
  /// The rows that it would have if it were like the days before.
  let expected: Int
  let comparedWith: String
  /// `true` if it has less than half of that, and no day before was so far below its own.
  let isHalfEmpty: Bool

  var share: Double { Double(day.rows) / Double(max(expected, 1)) }

  /// Days before that count: eight weeks.
  static let window = 56
  static let fewestDays = 14
  /// Fewer rows are half as many by chance.
  static let fewestRows = 30

  /// - Parameters:
  ///   - days: those with rows, the oldest first.
  ///   - asOf: the day that is judged; the last that has rows if `nil`.
  /// - Returns: `nil` if there are not enough days before the last to compare it with.
  init?(_ days: [DayRows], asOf: Int? = nil) {
    var days = days
    if let asOf {
      days.removeAll { $0.day > asOf }
      if days.last?.day != asOf { days.append(DayRows(day: asOf, rows: 0)) }
    }
    guard let last = days.last, let first = days.first else { return nil }
    let start = max(first.day, last.day - Self.window)
    guard last.day - start >= Self.fewestDays else { return nil }
    let known = Dictionary(days.suffix(Self.window + 1).map { ($0.day, $0.rows) }) { first, _ in first }
    let before = (start..<last.day).map { (day: $0, rows: known[$0] ?? 0) }
    let isByWeekday = before.count >= 28
    func usual(_ day: Int) -> Int {
      middle(of: before.filter { !isByWeekday || ($0.day - day) % 7 == 0 }.map(\.rows)) ?? 0
    }
    let usuals = (0..<7).map { usual(last.day + $0) }
    func distance(_ day: Int, _ rows: Int) -> Double {
      log(Double(rows + 1) / Double(usuals[((day - last.day) % 7 + 7) % 7] + 1))
    }
    day = last
    expected = usuals[0]
    // 1970-01-01 was a Thursday.
    let names = ["Thursdays", "Fridays", "Saturdays", "Sundays", "Mondays", "Tuesdays", "Wednesdays"]
    let weekday = names[(last.day % 7 + 7) % 7]
    comparedWith = isByWeekday ? "the \(before.count / 7) \(weekday) before" : "the \(before.count) days before"
    let distances = before.map { distance($0.day, $0.rows) }.sorted()
    let spread = 1.4826 * (middle(of: distances.map { abs($0) }) ?? 0)
    // One odd day in four weeks does not excuse the last.
    let lowest = distances[isByWeekday ? 1 : 0]
    let own = distance(last.day, last.rows)
    // The bound is 5 deviations: one of 199 days of MovieLens 100K is taken for half empty, where 4 takes four. A shop
    // whose days are alike loses nothing by it.
    isHalfEmpty =
      expected >= Self.fewestRows && 2 * last.rows < expected && own < lowest
      && own < -5 * max(spread, (1 / Double(expected)).squareRoot())
  }
}

/// The middle of the values in their order; of an even number the greater of the two in the middle.
func middle<Value: Comparable>(of values: [Value]) -> Value? {
  values.isEmpty ? nil : values.sorted()[values.count / 2]
}
