import Artifacts
import Tables
import TwoTower

/// One measured number and all that must be said with it.
package struct Metric: Sendable, Equatable {
  package var model: String
  /// "seen-included" or "seen-excluded": whether what the user had in training competes.
  package var seenProtocol: String
  package var slice: String
  package var name: String
  package var k: Int?
  package var ties: String
  package var value: Double

  package init(
    model: String, seenProtocol: String, slice: String = "all", name: String, k: Int?, ties: String, value: Double
  ) {
    self.model = model
    self.seenProtocol = seenProtocol
    self.slice = slice
    self.name = name
    self.k = k
    self.ties = ties
    self.value = value
  }
}

/// The table that `evaluate` publishes.
package struct Metrics: Sendable {
  package static let type = ArtifactType("metrics", version: 1)

  package var rows: [Metric]

  package init(rows: [Metric]) { self.rows = rows }

  package func value(_ model: String, _ seenProtocol: String, _ name: String, _ k: Int?) -> Double? {
    rows.first { $0.model == model && $0.seenProtocol == seenProtocol && $0.name == name && $0.k == k }?.value
  }

  private var table: Table {
    Table(
      "metrics", rows: rows.count,
      columns: [
        Column("model", text: rows.map(\.model)), Column("protocol", text: rows.map(\.seenProtocol)),
        Column("slice", text: rows.map(\.slice)), Column("metric", text: rows.map(\.name)),
        Column("k", integers: rows.map { $0.k.map { Int64($0) } }), Column("ties", text: rows.map(\.ties)),
        Column("value", reals: rows.map(\.value)),
      ])
  }

  package func publish(to path: String, lineage: Lineage) throws {
    let writer = try ArtifactWriter(path: path, type: Self.type, schema: ["tables": [table.schema]])
    try table.write(to: writer)
    try writer.publish(lineage: lineage, summary: summary)
  }

  /// Models side by side, a line for each metric.
  package var summary: Summary {
    var models: [String] = []
    var keys: [[String]] = []
    var values: [[String]: [String: Double]] = [:]
    for row in rows {
      if !models.contains(row.model) { models.append(row.model) }
      let key = [row.name + (row.k.map { "@\($0)" } ?? ""), row.seenProtocol, row.ties]
      if values[key] == nil { keys.append(key) }
      values[key, default: [:]][row.model] = row.value
    }
    let lines = keys.map { key in
      key + models.map { model in values[key]?[model].map { decimals($0, $0 >= 100 ? 1 : 4) } ?? "" }
    }
    return Summary([.table(title: "metrics", columns: ["metric", "protocol", "ties"] + models, rows: lines)])
  }
}
