import DisplayText
import Interactions

/// Rules about how many rows there are.
extension DataCheck {
  /// Fewer rows than these say nothing of shares.
  static let fewestRows = 100

  func rowAnomalies() -> [Anomaly] {
    let rule = expectations.rows
    let severity = rule.severity ?? .error
    var anomalies: [Anomaly] = []
    func add(_ found: String, _ expected: String, _ remedy: String) {
      anomalies.append(
        Anomaly(severity, .rows, "interactions", found: found, expected: expected, remedy: remedy))
    }
    if let least = rule.least, statistics.rows < least {
      add("\(statistics.rows) rows", "at least \(least)", "see if the export was cut short, or change rows: least")
    }
    if let most = rule.most, statistics.rows > most {
      add("\(statistics.rows) rows", "at most \(most)", "see if rows came twice, or change rows: most")
    }
    if let earlier = statistics.changes?.earlierRows, earlier >= Self.fewestRows,
      Double(statistics.rows) < rule.leastShareOfEarlier * Double(earlier)
    {
      add(
        "\(statistics.rows) rows, \(percent(Double(statistics.rows) / Double(earlier))) of the \(earlier) before",
        "at least \(percent(rule.leastShareOfEarlier)) of them",
        "see if the export was cut short, or change rows: least-share-of-earlier")
    }
    return anomalies
  }

  func rejectAnomalies() throws -> [Anomaly] {
    guard let rejects = statistics.rejects, rejects > 0 else { return [] }
    let rule = expectations.rejects
    let share = Double(rejects) / Double(rejects + statistics.rows)
    let severity: Severity
    if let most = rule.mostShare {
      guard share > most else { return [] }
      severity = rule.severity ?? .error
    } else {
      // One of few rows is a large share.
      guard share > Self.usualRejects, rejects >= 10 else { return [] }
      severity = rule.severity ?? (share > Self.tooManyRejects ? .error : .warning)
    }
    return [
      Anomaly(
        severity, .rejects, "rejects",
        found: "\(rejects) rows, \(percent(share)), could not be read",
        expected: "at most \(percent(rule.mostShare ?? Self.usualRejects))",
        remedy: "repair the file, or change rejects: most-share", examples: try tables.shownRejects())
    ]
  }

  private static let usualRejects = 0.001
  private static let tooManyRejects = 0.005

  func repeatedRowAnomalies() -> [Anomaly] {
    let rule = expectations.repeatedRows
    let share = Double(statistics.repeatedRows) / Double(max(statistics.rows, 1))
    guard statistics.rows >= Self.fewestRows, share > rule.mostShare else { return [] }
    let roles = statistics.roles
    return [
      Anomaly(
        rule.severity ?? .warning, .repeatedRows, "interactions",
        found: "\(statistics.repeatedRows) rows, \(percent(share)), have the \(roles.query), \(roles.candidate) and "
          + "\(roles.timestamp ?? "time") of an earlier row",
        expected: "at most \(percent(rule.mostShare))",
        remedy: "see if a file was read twice; the param duplicates of ingest leaves such rows out, or change "
          + "repeated-rows: most-share")
    ]
  }

  func identifierAnomalies() throws -> [Anomaly] {
    let changes = statistics.changes
    return try identifierAnomalies(
      expectations.queries, .queries, statistics.roles.query, statistics.queries, statistics.activity.greatest,
      newShare: changes?.newQueries)
      + identifierAnomalies(
        expectations.candidates, .candidates, statistics.roles.candidate, statistics.candidates,
        statistics.popularity.greatest, newShare: changes?.newCandidates)
  }

  /// A share of rows of one thing that is absurd for anybody's data, if there are many things and rows.
  private static let absurdShare = 0.2
  private static let fewestThings = 20

  private func identifierAnomalies(
    _ rule: Expectations.Identifiers, _ name: Anomaly.Rule, _ column: String, _ things: Int, _ greatest: Int,
    newShare: Double?
  ) throws -> [Anomaly] {
    let subject = "interactions.\(column)"
    var anomalies: [Anomaly] = []
    if let least = rule.least, things < least {
      anomalies.append(
        Anomaly(
          rule.severity ?? .error, name, subject, found: "\(things) different values", expected: "at least \(least)",
          remedy: "see if the export was cut short, or change \(name.rawValue): least"))
    }
    let share = Double(greatest) / Double(max(statistics.rows, 1))
    let isAbsurd = things >= Self.fewestThings && statistics.rows >= 10 * Self.fewestRows && share > Self.absurdShare
    if rule.mostShareOfOne.map({ share > $0 }) ?? isAbsurd,
      let top = statistics.column(column, of: "interactions")?.top.first
    {
      let rows = try tables.rows(of: "interactions", text: column) { $0 == top.value }
      anomalies.append(
        Anomaly(
          rule.severity ?? .warning, name, subject,
          found: "\"\(top.value)\" has \(top.rows) of \(statistics.rows) rows, \(percent(share))",
          expected: "at most \(percent(rule.mostShareOfOne ?? Self.absurdShare))",
          remedy: "see if it is a machine or stands for many, and leave it out with keep of ingest, or change "
            + "\(name.rawValue): most-share-of-one",
          examples: try tables.shown(rows, of: "interactions")))
    }
    if let most = rule.mostNewShare, let newShare, newShare > most {
      anomalies.append(
        Anomaly(
          rule.severity ?? .error, name, subject, found: "\(percent(newShare)) of its values are new",
          expected: "at most \(percent(most))",
          remedy: "see if identifiers are spelt in another way now, or change \(name.rawValue): most-new-share"))
    }
    return anomalies
  }

  func driftAnomalies() -> [Anomaly] {
    let rule = expectations.drift
    return (statistics.changes?.drifts ?? []).filter { $0.isBeyondChance && $0.excess > rule.most }.map { drift in
      Anomaly(
        rule.severity ?? .warning, .drift, drift.subject,
        found: "the distribution differs from the earlier one by \(decimals(drift.divergence, 3)) bits, most in "
          + "\(drift.mostChanged): \(percent(drift.now)), \(percent(drift.before)) before",
        expected: "at most \(decimals(rule.most, 3)) bits beyond chance, which does \(decimals(drift.noise, 4))",
        remedy: "see what changed, or change drift: most")
    }
  }
}
