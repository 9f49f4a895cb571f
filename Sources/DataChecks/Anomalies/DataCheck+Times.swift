import DisplayText
import Interactions

/// Rules about times and days.
extension DataCheck {
  func timeAnomalies() throws -> [Anomaly] {
    let rule = expectations.times
    let times = statistics.times
    guard let timestamp = statistics.roles.timestamp else { return [] }
    let subject = "interactions.\(timestamp)"
    if times.areCounters {
      return [
        Anomaly(
          rule.severity ?? .warning, .times, subject,
          found: "most times are before 1990, as counters are", expected: "seconds since 1970",
          remedy: "see if the column holds times; if it does, name times: earliest",
          examples: try tables.shown(
            tables.rows(of: "interactions", number: timestamp) { $0 != nil }, of: "interactions"))
      ]
    }
    let count = times.early + times.late
    guard count > 0 else { return [] }
    let first = rule.earliest ?? statistics.days.first?.day ?? PlausibleTimes.earliest
    let last = rule.latest ?? statistics.days.last?.day ?? .max
    let rows = try tables.rows(of: "interactions", number: timestamp) { time in
      guard let time else { return false }
      return time < Double(rule.earliest ?? PlausibleTimes.earliest) * 86_400
        || last < .max && time >= Double(last + 1) * 86_400
    }
    let median = middle(of: statistics.days.map(\.rows)) ?? 0
    let isGrave =
      statistics.rows >= Self.fewestRows
      && (Double(count) >= 0.001 * Double(statistics.rows) || 2 * count >= median && median > 0)
    let unit = times.unit.map { "; \(times.misscaled) of them would be plausible in \($0)" } ?? ""
    return [
      Anomaly(
        rule.severity ?? (isGrave ? .error : .warning), .times, subject,
        found: "\(count) of \(statistics.rows) times are implausible\(unit)",
        expected: last < .max ? "\(DayRows.name(first)) to \(DayRows.name(last))" : "\(DayRows.name(first)) or later",
        remedy: "repair these times, leave the rows out with keep of ingest, or name times: earliest and latest",
        examples: try tables.shown(rows, of: "interactions"))
    ]
  }

  func lastDayAnomalies() throws -> [Anomaly] {
    let rule = expectations.lastDay
    guard let timestamp = statistics.roles.timestamp else { return [] }
    if let missing = missingDay() { return [missing] }
    guard let judgement = LastDay(statistics.days, asOf: asOf) else { return [] }
    if let least = rule.leastShare {
      guard judgement.share < least else { return [] }
    } else {
      guard judgement.isHalfEmpty else { return [] }
    }
    let day = judgement.day
    var newest = -Double.infinity
    _ = try tables.rows(of: "interactions", number: timestamp) { time in
      if let time, time < Double(day.day + 1) * 86_400 { newest = max(newest, time) }
      return false
    }
    let rows = try tables.rows(of: "interactions", number: timestamp) { $0 == newest }
    let newestRow = CheckedTables.Found(count: rows.count, first: Array(rows.first.prefix(1)))
    return [
      Anomaly(
        rule.severity ?? .error, .lastDay, "interactions",
        found: "\(day.name), the \(asOf == nil ? "last day" : "day of as-of"), has \(day.rows) rows, "
          + "\(percent(judgement.share)) of what days before had",
        expected: "about \(judgement.expected) rows, the median of \(judgement.comparedWith)",
        remedy: "read the day when it is over, leave it out with keep of ingest, or change last-day: least-share",
        examples: try tables.shown(newestRow, of: "interactions"))
    ]
  }

  /// A day without any row, up to which the data should be complete.
  private func missingDay() -> Anomaly? {
    guard let asOf, !statistics.days.contains(where: { $0.day == asOf }) else { return nil }
    let last = statistics.days.last { $0.day < asOf }
    let judgement = LastDay(statistics.days, asOf: asOf).flatMap { $0.expected > 0 ? $0 : nil }
    return Anomaly(
      expectations.lastDay.severity ?? .error, .lastDay, "interactions",
      found: "\(DayRows.name(asOf)), the day of as-of, has no rows; "
        + (last.map { "the last day before that has is \($0.name)" } ?? "no day before has any"),
      expected: judgement.map { "about \($0.expected) rows, the median of \($0.comparedWith)" } ?? "rows of that day",
      remedy: "fetch the day, or correct as-of")
  }
}
