import DisplayText
import Glibc
import Interactions
import Tables

/// Rules about the values of columns.
extension DataCheck {
  /// Checks columns against the expectations of a file.
  func expectedColumnAnomalies() throws -> [Anomaly] {
    var anomalies: [Anomaly] = []
    for table in Expectations.tables {
      guard let expected = expectations.columns[table], let there = tables.columns(of: table) else { continue }
      for (name, rule) in expected.sorted(by: { $0.key < $1.key }) {
        guard let profile = statistics.column(name, of: table) else {
          let nearest = nearestName(to: name, among: there).map { "; \"\($0)\" is there" } ?? ""
          anomalies.append(
            Anomaly(
              rule.severity ?? .error, .columns, "\(table).\(name)", found: "no such column\(nearest)",
              expected: "a column", remedy: "see if it was renamed, or take it out of columns"))
          continue
        }
        anomalies += try self.anomalies(of: profile, rule)
      }
    }
    return anomalies
  }

  private func anomalies(of profile: ColumnProfile, _ rule: Expectations.Column) throws -> [Anomaly] {
    var anomalies: [Anomaly] = []
    func add(_ found: String, _ expected: String, _ field: String, _ rows: CheckedTables.Found? = nil) throws {
      anomalies.append(
        Anomaly(
          rule.severity ?? .error, .columns, profile.name, found: found, expected: expected,
          remedy: "repair the column, or change its \(field)",
          examples: try rows.map { try tables.shown($0, of: profile.table) } ?? []))
    }
    if let kind = rule.kind, kind != profile.kind {
      try add("its values are \(profile.kind)", "\(kind)", "kind")
      return anomalies
    }
    if let most = rule.mostMissing, profile.missingShare > most {
      try add(
        "\(profile.missing) of \(profile.rows) rows, \(percent(profile.missingShare)), have no value",
        "at most \(percent(most))", "most-missing", missingRows(of: profile))
    }
    if let least = rule.least, let found = profile.least, found < least {
      let rows = try tables.rows(of: profile.table, number: profile.column) { $0.map { $0 < least } ?? false }
      try add("\(rows.count) values from \(text(of: found)) on", "at least \(text(of: least))", "least", rows)
    }
    if let greatest = rule.greatest, let found = profile.greatest, found > greatest {
      let rows = try tables.rows(of: profile.table, number: profile.column) { $0.map { $0 > greatest } ?? false }
      try add("\(rows.count) values up to \(text(of: found))", "at most \(text(of: greatest))", "greatest", rows)
    }
    if let values = rule.values, let rows = try otherRows(of: profile, than: values), rows.count > 0 {
      try add("\(rows.count) other values", values.joined(separator: ", "), "values", rows)
    }
    if let most = rule.mostShareOfOne, let top = profile.top.first {
      let share = Double(top.rows) / Double(max(profile.values, 1))
      if share > most {
        try add("\"\(top.value)\" is \(percent(share)) of its values", "at most \(percent(most))", "most-share-of-one")
      }
    }
    return anomalies
  }

  private func missingRows(of profile: ColumnProfile) throws -> CheckedTables.Found? {
    switch profile.kind {
    case .integer, .real: try tables.rows(of: profile.table, number: profile.column) { $0 == nil }
    case .text: try tables.rows(of: profile.table, text: profile.column) { $0.isEmpty }
    case .textList: nil
    }
  }

  /// Rows with a value that is not among these; `nil` of lists, where the most frequent items tell.
  private func otherRows(of profile: ColumnProfile, than values: [String]) throws -> CheckedTables.Found? {
    switch profile.kind {
    case .integer, .real:
      let allowed = Set(values.compactMap { Double($0) })
      return try tables.rows(of: profile.table, number: profile.column) { $0.map { !allowed.contains($0) } ?? false }
    case .text:
      let allowed = Set(values)
      return try tables.rows(of: profile.table, text: profile.column) { !$0.isEmpty && !allowed.contains($0) }
    case .textList:
      let allowed = Set(values)
      return CheckedTables.Found(count: profile.top.filter { !allowed.contains($0.value) }.reduce(0) { $0 + $1.rows })
    }
  }

  /// Finds, without any expectation, columns that became constant or empty, or are gone.
  func unexpectedColumnAnomalies() throws -> [Anomaly] {
    var anomalies: [Anomaly] = []
    for profile in statistics.columns where profile.scope == .all {
      let severity = expectations.columns[profile.table]?[profile.column]?.severity
      let isRole = profile.table == "interactions" && isIdentifierOrTime(profile.column)
      if !isRole, let found = try constant(profile, severity) { anomalies.append(found) }
      if let found = try emptied(profile, severity) { anomalies.append(found) }
    }
    return anomalies + goneColumns()
  }

  private func isIdentifierOrTime(_ column: String) -> Bool {
    let roles = statistics.roles
    return [roles.query, roles.candidate, roles.timestamp, roles.previous].contains(column)
  }

  private func constant(_ profile: ColumnProfile, _ severity: Severity?) throws -> Anomaly? {
    let before = earlier?.column(profile.column, of: profile.table)
    if let value = profile.onlyValue, profile.rows >= Self.fewestRows {
      let wasConstant = before.map { $0.onlyValue != nil || $0.rows < Self.fewestRows }
      let isWeight = profile.table == "interactions" && profile.column == statistics.roles.weight
      guard wasConstant == false || before == nil && isWeight else { return nil }
      return Anomaly(
        severity ?? (before == nil ? .warning : .error), .columns, profile.name,
        found: "all \(profile.rows) rows have \"\(value)\"",
        expected: before == nil ? "weights that differ" : "several values, as the earlier data have",
        remedy: before == nil
          ? "ingest without a weight if all count alike" : "see if the export still fills the column")
    }
    guard let last = statistics.column(profile.column, of: profile.table, .lastDay), let value = last.onlyValue,
      let day = statistics.days.last
    else { return nil }
    // Rows of one user or about one item may well be alike: as many are independent as there are of both.
    let roles = statistics.roles
    let independent =
      [roles.query, roles.candidate].compactMap {
        statistics.column($0, of: "interactions", .lastDay)?.distinct
      }.min() ?? 0
    let others = profile.rows - last.rows
    let elsewhere = (profile.top.first { $0.value == value }?.rows ?? last.rows) - last.rows
    guard others >= Self.fewestRows, independent >= 10,
      Double(independent) * log(max(Double(elsewhere) / Double(others), 1e-9)) < log(1e-6)
    else { return nil }
    return Anomaly(
      severity ?? .error, .columns, profile.name,
      found: "all \(last.rows) rows of \(day.name), the last day, have \"\(value)\"",
      expected: "several values; \(percent(Double(elsewhere) / Double(others))) of the rows before have it",
      remedy: "see if the export still fills the column", examples: try lastDayExamples())
  }

  private func emptied(_ profile: ColumnProfile, _ severity: Severity?) throws -> Anomaly? {
    if let before = earlier?.column(profile.column, of: profile.table), profile.rows >= Self.fewestRows,
      before.rows >= Self.fewestRows, profile.missingShare - before.missingShare > 0.3
    {
      return Anomaly(
        severity ?? .error, .columns, profile.name,
        found: "\(percent(profile.missingShare)) of the rows have no value",
        expected: "about \(percent(before.missingShare)), as the earlier data have",
        remedy: "see if the export still fills the column",
        examples: try missingRows(of: profile).map { try tables.shown($0, of: profile.table) } ?? [])
    }
    guard let last = statistics.column(profile.column, of: profile.table, .lastDay), let day = statistics.days.last,
      last.rows >= 30, profile.rows - last.rows >= Self.fewestRows,
      statistics.column(statistics.roles.query, of: "interactions", .lastDay)?.distinct ?? 0 >= 10
    else { return nil }
    let before = Double(profile.missing - last.missing) / Double(profile.rows - last.rows)
    guard last.missingShare - before > 0.3 else { return nil }
    return Anomaly(
      severity ?? .error, .columns, profile.name,
      found: "\(percent(last.missingShare)) of the rows of \(day.name), the last day, have no value",
      expected: "about \(percent(before)), as the days before have",
      remedy: "see if the export still fills the column", examples: try lastDayExamples())
  }

  private func lastDayExamples() throws -> [String] {
    guard let timestamp = statistics.roles.timestamp, let day = statistics.days.last?.day else { return [] }
    let rows = try tables.rows(of: "interactions", number: timestamp) { time in
      time.map { $0 >= Double(day) * 86_400 && $0 < Double(day + 1) * 86_400 } ?? false
    }
    return try tables.shown(rows, of: "interactions")
  }

  private func goneColumns() -> [Anomaly] {
    (earlier?.columns ?? []).compactMap { before in
      guard before.scope == .all, let there = tables.columns(of: before.table) else { return nil }
      let severity = expectations.columns[before.table]?[before.column]?.severity ?? .error
      guard let now = statistics.column(before.column, of: before.table) else {
        return Anomaly(
          severity, .columns, before.name, found: "no such column; there are \(there.joined(separator: ", "))",
          expected: "it, as the earlier data have it", remedy: "see if it was renamed")
      }
      guard now.kind != before.kind else { return nil }
      return Anomaly(
        severity, .columns, before.name, found: "its values are \(now.kind)",
        expected: "\(before.kind), as the earlier data have", remedy: "see if the export changed the column")
    }
  }
}
