package import Artifacts
package import Tables

extension Metric {
  private static let tableName = "metrics"

  /// The table of some metrics, a row for each.
  package static func table(_ metrics: [Metric]) -> Table {
    Table(
      tableName, rows: metrics.count,
      columns: [
        Column("model", text: metrics.map(\.model)), Column("protocol", text: metrics.map(\.seenProtocol)),
        Column("slice", text: metrics.map(\.slice)), Column("metric", text: metrics.map(\.name)),
        Column("k", integers: metrics.map { $0.k.map { Int64($0) } }), Column("ties", text: metrics.map(\.ties)),
        Column("value", reals: metrics.map(\.value)), Column("low", reals: metrics.map { $0.interval?.low }),
        Column("high", reals: metrics.map { $0.interval?.high }),
      ])
  }

  /// Reads the metrics of an artifact, in their order: the judged model first, then the baselines.
  ///
  /// - Throws: `FileError` if the table cannot be read.
  /// - Returns: `nil` if the artifact has no metrics.
  package static func all(in file: ArtifactFile) throws -> [Metric]? {
    guard file.header.type == "metrics", Table.names(in: file).contains(tableName) else { return nil }
    return all(in: try Table(tableName, from: file))
  }

  /// Reads the metrics of a table; returns `nil` if it is not one of metrics.
  package static func all(in table: Table) -> [Metric]? {
    guard table.name == tableName, let models = table.text("model"), let protocols = table.text("protocol"),
      let slices = table.text("slice"), let names = table.text("metric"), let ties = table.text("ties"),
      let values = table.reals("value"), let ks = table.column("k"), let low = table.column("low"),
      let high = table.column("high")
    else { return nil }
    return (0..<table.rows).map { row in
      let bounds = (Double(low.text(row)), Double(high.text(row)))
      let interval: Interval? =
        if let low = bounds.0, let high = bounds.1, low <= high { Interval(low: low, high: high) } else { nil }
      return Metric(
        model: models[row], seenProtocol: protocols[row], slice: slices[row], name: names[row], k: Int(ks.text(row)),
        ties: ties[row], value: values[row], interval: interval)
    }
  }
}
