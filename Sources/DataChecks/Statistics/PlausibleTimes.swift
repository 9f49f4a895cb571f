/// The days in which the times of interactions can lie, judged by the times themselves: no clock is asked.
///
/// The first is 1990-01-01, before which nobody logged clicks. What lies beyond the last is apart from all other days by
/// more than two years and twice their span, and is a small part of the rows.
struct PlausibleTimes: Sendable, Equatable {
  /// 1990-01-01.
  static let earliest = 7305
  /// Fewer rows do not tell what is far.
  static let fewestRows = 100
  static let leastGap = 730
  static let greatestFarShare = 0.1

  let days: [DayRows]
  /// Rows before and after them.
  let early: Int
  let late: Int
  /// `true` if most times are before 1990: they count something else than seconds since 1970, and say nothing of days.
  let areCounters: Bool

  /// - Parameters:
  ///   - first: the first plausible day; 1990-01-01 if `nil`.
  ///   - last: the last plausible day; judged by the others if `nil`.
  init(_ counts: DayCounts, first: Int? = nil, last: Int? = nil) {
    let all = counts.days
    let total = all.reduce(counts.before + counts.after) { $0 + $1.rows }
    let start = first ?? Self.earliest
    let notEarly = all.filter { $0.day >= start }
    let known = last.map { last in notEarly.filter { $0.day <= last } } ?? Self.withoutFar(notEarly)
    let early = all.filter { $0.day < start }.reduce(counts.before) { $0 + $1.rows }
    areCounters = first == nil && early * 2 > total
    days = areCounters ? [] : known
    self.early = areCounters ? 0 : early
    late = areCounters ? 0 : total - early - known.reduce(0) { $0 + $1.rows }
  }

  private static func withoutFar(_ days: [DayRows]) -> [DayRows] {
    let total = days.reduce(0) { $0 + $1.rows }
    guard total >= fewestRows, let first = days.first?.day else { return days }
    var (kept, far) = (days.count, 0)
    for place in days.indices.dropFirst().reversed() {
      far += days[place].rows
      guard Double(far) <= greatestFarShare * Double(total) else { break }
      let before = days[place - 1].day
      if days[place].day - before > max(leastGap, 2 * (before - first)) { kept = place }
    }
    return Array(days.prefix(kept))
  }

  /// `true` if the time lies in one of these days, or between them.
  @inline(__always)
  func contains(_ seconds: Double) -> Bool {
    guard let first = days.first?.day, let last = days.last?.day else { return areCounters }
    return seconds >= Double(first) * 86_400 && seconds < Double(last + 1) * 86_400
  }

  /// The unit that a time was probably spelt in, if it is plausible in that.
  func unit(of seconds: Double) -> String? {
    guard !areCounters else { return nil }
    let units = [(1e3, "milliseconds"), (1e6, "microseconds"), (1e9, "nanoseconds")]
    return units.first { contains(seconds / $0.0) }?.1
      ?? units.first { contains(seconds * $0.0) }.map { "seconds, read as \($0.1)" }
  }
}
