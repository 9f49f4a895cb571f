import Artifacts
import DisplayText
import Interactions
import Tables

/// The statistics as a summary for people.
extension DataStatistics {
  private static let shownValues = 3
  private static let shownDays = 14

  var summary: Summary {
    var items: [Summary.Item] = [
      .fact("interactions", "\(rows) rows of \(queries) \(roles.query) and \(candidates) \(roles.candidate)"),
      .fact("repeated pairs", share(repeatedPairs)),
    ]
    if roles.timestamp != nil, !times.areCounters { items.append(.fact("repeated rows", share(repeatedRows))) }
    if let rejects { items.append(.fact("rejected rows", "\(rejects)")) }
    items += timeFacts
    for (name, one, distribution) in [
      ("activity", roles.query, activity), ("popularity", roles.candidate, popularity),
    ] {
      items.append(
        .fact(name, "median \(distribution.median), greatest \(distribution.greatest) interactions of one \(one)"))
    }
    items += changeItems
    items.append(columnTable(.all, title: "columns"))
    if columns.contains(where: { $0.scope == .lastDay }), let last = days.last {
      items.append(columnTable(.lastDay, title: "columns on \(last.name), the last day"))
    }
    for (name, things, distribution) in [
      ("activity", "users", activity), ("popularity", "items", popularity),
    ] {
      items.append(
        .table(
          title: name, columns: ["interactions", things, "rows"],
          rows: distribution.steps.map {
            [$0.from == $0.to ? "\($0.from)" : "\($0.from) to \($0.to)", "\($0.things)", "\($0.rows)"]
          }))
    }
    items += dayItems
    return Summary(items)
  }

  private func share(_ count: Int) -> String {
    count == 0 ? "none" : "\(count), \(percent(Double(count) / Double(max(rows, 1))))"
  }

  private var timeFacts: [Summary.Item] {
    if times.areCounters { return [.fact("times", "before 1990, as counters are")] }
    guard let first = days.first, let last = days.last else { return [] }
    let odd = times.early + times.late
    return [
      .fact(
        "times",
        "\(first.name) to \(last.name), \(days.count) days with rows" + (odd > 0 ? "; \(odd) implausible times" : ""))
    ]
  }

  private var changeItems: [Summary.Item] {
    guard let changes else { return [] }
    var items: [Summary.Item] = [.fact("earlier data", "\(changes.earlierRows) rows")]
    if let share = changes.newQueries { items.append(.fact("new \(roles.query)", percent(share))) }
    if let share = changes.newCandidates { items.append(.fact("new \(roles.candidate)", percent(share))) }
    if !changes.drifts.isEmpty {
      items.append(
        .table(
          title: "drift", columns: ["of", "bits", "by chance", "most changed", "before", "now"],
          rows: changes.drifts.map {
            [
              $0.subject, decimals($0.divergence, 4), decimals($0.noise, 4), $0.mostChanged, percent($0.before),
              percent($0.now),
            ]
          }))
    }
    return items
  }

  private func columnTable(_ scope: ColumnProfile.Scope, title: String) -> Summary.Item {
    .table(
      title: title,
      columns: [
        "column", "kind", "missing", "distinct", "least", "5 %", "median", "95 %", "greatest", "most frequent",
      ],
      rows: columns.filter { $0.scope == scope }.map { column in
        let isTime = column.table == "interactions" && column.column == roles.timestamp && !times.areCounters
        let number = { (value: Double?) -> String in
          guard let value else { return "" }
          return isTime ? DayRows.name(DayRows.of(min(max(value, -1e12), 1e12))) : readable(value)
        }
        let about = column.areQuantilesExact ? "" : "~"
        let quantile = { (place: Int) in
          column.quantiles.isEmpty ? "" : about + number(column.quantiles[place])
        }
        return [
          column.name, column.kind.rawValue, column.missing == 0 ? "" : "\(column.missing)",
          (column.isDistinctExact ? "" : "~") + "\(column.distinct)", number(column.least), quantile(0), quantile(2),
          quantile(4), number(column.greatest),
          isTime ? "" : column.top.prefix(Self.shownValues).map { Self.shown($0) }.joined(separator: ", "),
        ]
      })
  }

  private static func shown(_ value: CountedValue) -> String {
    let text = value.value.count > 24 ? "\(value.value.prefix(23))…" : value.value
    return "\(text) (\(value.rows))"
  }

  private var dayItems: [Summary.Item] {
    guard days.count > 1 else { return [] }
    return [
      .curve(
        title: "rows by day, \(days[0].name) to \(days[days.count - 1].name)", x: "day with rows", y: "rows",
        points: days.map { Double($0.rows) }),
      .table(
        title: "the last days", columns: ["day", "rows"],
        rows: days.suffix(Self.shownDays).map { [$0.name, "\($0.rows)"] }),
    ]
  }
}
