package import Artifacts
import CanonicalJSON
import Tables

/// The verdict of a check: whether they may be used, and all that is odd about them.
package struct DataVerdict: Sendable, Equatable {
  package static let type = ArtifactType("data-verdict", version: 1)

  /// The outcome of a check of data.
  package enum Answer: String, Sendable {
    case passed, failed
  }

  package let anomalies: [Anomaly]
  /// The digest of the interactions that were checked.
  package let interactions: Digest
  private let rows: Int

  init(_ anomalies: [Anomaly], of statistics: DataStatistics) {
    self.anomalies = anomalies
    interactions = statistics.interactions
    rows = statistics.rows
  }

  private var errors: Int { anomalies.count { $0.severity == .error } }
  private var warnings: Int { anomalies.count - errors }

  package var answer: Answer { errors > 0 ? .failed : .passed }

  /// One line.
  package var statement: String {
    guard let first = anomalies.first else { return "\(rows) interactions, nothing odd" }
    if errors == 0 {
      return "\(rows) interactions, \(warnings == 1 ? "1 warning" : "\(warnings) warnings"), the first: \(first.line)"
    }
    let more = anomalies.count - 1
    let others = more == 0 ? "" : more == 1 ? " (and 1 more anomaly)" : " (and \(more) more anomalies)"
    return "\(first.line); \(first.remedy)\(others)"
  }

  private var tables: [Table] {
    [
      Table(
        "verdict", rows: 1,
        columns: [
          Column("answer", text: [answer.rawValue]), Column("statement", text: [statement]),
          Column("errors", integers: [Int64(errors)]), Column("warnings", integers: [Int64(warnings)]),
          Column("interactions", text: [interactions.hexadecimal]),
        ]),
      Table(
        "anomalies", rows: anomalies.count,
        columns: [
          Column("severity", text: anomalies.map(\.severity.rawValue)),
          Column("rule", text: anomalies.map(\.rule.rawValue)), Column("subject", text: anomalies.map(\.subject)),
          Column("found", text: anomalies.map(\.found)), Column("expected", text: anomalies.map(\.expected)),
          Column("remedy", text: anomalies.map(\.remedy)), Column("examples", textLists: anomalies.map(\.examples)),
        ]),
    ]
  }

  package func publish(to path: String, lineage: Lineage) throws {
    let tables = tables
    let writer = try ArtifactWriter(path: path, type: Self.type, schema: ["tables": .array(tables.map(\.schema))])
    for table in tables { try table.write(to: writer) }
    try writer.publish(lineage: lineage, summary: summary)
  }

  private var summary: Summary {
    let verdict = Summary.Item.fact("data verdict", "\(answer.rawValue): \(statement)")
    let table = Summary.Item.table(
      title: "anomalies", columns: ["severity", "rule", "where", "found", "expected"],
      rows: anomalies.map { [$0.severity.rawValue, $0.rule.rawValue, $0.subject, $0.found, $0.expected] })
    let details = anomalies.map { anomaly in
      Summary.Item.list(
        title: "\(anomaly.rule.rawValue), \(anomaly.subject)",
        items: ["what to do: \(anomaly.remedy)"] + anomaly.examples)
    }
    return Summary(
      [verdict, .fact("interactions", interactions.hexadecimal)] + (anomalies.isEmpty ? [] : [table] + details),
      highlights: [verdict])
  }
}
