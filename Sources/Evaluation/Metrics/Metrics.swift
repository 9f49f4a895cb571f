package import Artifacts
import CanonicalJSON
package import MetricTable
import Tables
import TwoTower

/// The metrics that `evaluate` publishes: every number, and the model against each of the others.
package struct Metrics: Sendable {
  package static let type = ArtifactType("metrics", version: 2)

  package var rows: [Metric]
  package var comparisons: [Comparison]
  /// Empty where no index was measured.
  package var index: [IndexMetric]
  /// Facts about the judged data, for people.
  package var facts: [Summary.Item]
  /// The judgement of a rating head, for people; empty where there is none.
  package var ratings: [Summary.Item]
  package var verdict: String?

  package init(
    rows: [Metric], comparisons: [Comparison] = [], index: [IndexMetric] = [], facts: [Summary.Item] = [],
    ratings: [Summary.Item] = [], verdict: String? = nil
  ) {
    self.rows = rows
    self.comparisons = comparisons
    self.index = index
    self.facts = facts
    self.ratings = ratings
    self.verdict = verdict
  }

  /// A number over all queries.
  package func value(_ model: String, _ seenProtocol: String, _ name: String, _ k: Int?) -> Double? {
    rows.first {
      $0.slice == "all" && $0.model == model && $0.seenProtocol == seenProtocol && $0.name == name && $0.k == k
    }?.value
  }

  /// The hit rates of all models by lists of `k` candidates, for the log.
  package func hitRates(k: Int) -> String { MetricsSummary(self).hitRates(k: k) }

  private var comparisonTable: Table {
    Table(
      "comparisons", rows: comparisons.count,
      columns: [
        Column("model", text: comparisons.map(\.model)), Column("other", text: comparisons.map(\.other)),
        Column("protocol", text: comparisons.map(\.seenProtocol)), Column("metric", text: comparisons.map(\.name)),
        Column("k", integers: comparisons.map { Int64($0.k) }),
        Column("difference", reals: comparisons.map(\.difference)),
        Column("low", reals: comparisons.map { $0.interval?.low }),
        Column("high", reals: comparisons.map { $0.interval?.high }), Column("p", reals: comparisons.map(\.p)),
      ])
  }

  private var indexTable: Table {
    Table(
      "index", rows: index.count,
      columns: [
        Column("protocol", text: index.map(\.seenProtocol)), Column("metric", text: index.map(\.name)),
        Column("k", integers: index.map { Int64($0.k) }), Column("value", reals: index.map(\.value)),
        Column("low", reals: index.map { $0.interval?.low }), Column("high", reals: index.map { $0.interval?.high }),
        Column("exact", reals: index.map(\.exact)), Column("difference", reals: index.map(\.difference)),
        Column("difference_low", reals: index.map { $0.differenceInterval?.low }),
        Column("difference_high", reals: index.map { $0.differenceInterval?.high }),
      ])
  }

  package func publish(to path: String, lineage: Lineage) throws {
    let tables = [Metric.table(rows), comparisonTable] + (index.isEmpty ? [] : [indexTable])
    let writer = try ArtifactWriter(path: path, type: Self.type, schema: ["tables": .array(tables.map(\.schema))])
    for table in tables { try table.write(to: writer) }
    try writer.publish(lineage: lineage, summary: MetricsSummary(self).summary)
  }
}
