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
    let columns = ["metric", "protocol", "ties"] + models
    return Summary(
      [.table(title: "metrics", columns: columns, rows: lines)],
      highlights: [
        .table(title: "metrics", columns: columns, rows: lines.filter { isHighlight($0[0], seenProtocol: $0[1]) })
      ] + (verdict.map { [.fact("verdict", $0)] } ?? []))
  }

  /// Hit rates under both protocols, and what a user sees of a list of middling length.
  private func isHighlight(_ metric: String, seenProtocol: String) -> Bool {
    let ks = Set(rows.compactMap(\.k)).sorted()
    let middle = ks.isEmpty ? 0 : ks[ks.count / 2]
    return metric.hasPrefix("hit_rate@") || metric == "loss_per_pair"
      || seenProtocol == "seen-excluded" && metric.hasSuffix("@\(middle)")
  }

  /// Whether the first model beats the baseline on the longest list, where what was seen does not compete.
  private var verdict: String? {
    guard let model = rows.first?.model, let k = rows.compactMap(\.k).max(), model != "popularity",
      let own = value(model, "seen-excluded", "hit_rate", k),
      let popular = value("popularity", "seen-excluded", "hit_rate", k)
    else { return nil }
    let word = own > popular ? "beats" : own < popular ? "loses to" : "equals"
    return
      "\(model) \(word) popularity on hit_rate@\(k), seen-excluded (\(decimals(own, 4)) against \(decimals(popular, 4)))"
  }
}
