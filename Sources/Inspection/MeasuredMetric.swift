package import Artifacts
import Tables

/// One number of an artifact of type `metrics`.
package struct MeasuredMetric: Sendable, Equatable {
  package let model: String
  package let seenProtocol: String
  package let slice: String
  package let name: String
  package let k: Int?
  package let ties: String
  package let value: Double
  /// The 95 % interval; `nil` if none was computed.
  package let interval: ClosedRange<Double>?

  package init(
    model: String, seenProtocol: String, slice: String, name: String, k: Int?, ties: String, value: Double,
    interval: ClosedRange<Double>?
  ) {
    self.model = model
    self.seenProtocol = seenProtocol
    self.slice = slice
    self.name = name
    self.k = k
    self.ties = ties
    self.value = value
    self.interval = interval
  }

  /// The metric's name with its list length, such as "recall@20".
  package var label: String { name + (k.map { "@\($0)" } ?? "") }

  /// The numbers of an artifact, in their order: the judged model first, then the baselines.
  ///
  /// - Throws: `FileError` if the table cannot be read.
  /// - Returns: `nil` if the artifact has no metrics.
  package static func all(in file: ArtifactFile) throws -> [MeasuredMetric]? {
    guard file.header.type == "metrics", Table.names(in: file).contains("metrics") else { return nil }
    return all(in: try Table("metrics", from: file))
  }

  /// - Returns: `nil` if the table is not one of metrics.
  static func all(in table: Table) -> [MeasuredMetric]? {
    guard table.name == "metrics", let models = table.text("model"), let protocols = table.text("protocol"),
      let slices = table.text("slice"), let metrics = table.text("metric"), let ties = table.text("ties"),
      let values = table.reals("value"), let ks = table.column("k"), let low = table.column("low"),
      let high = table.column("high")
    else { return nil }
    return (0..<table.rows).map { row in
      let bounds = (Double(low.text(row)), Double(high.text(row)))
      let interval: ClosedRange<Double>? =
        if let low = bounds.0, let high = bounds.1, low <= high { low...high } else { nil }
      return MeasuredMetric(
        model: models[row], seenProtocol: protocols[row], slice: slices[row], name: metrics[row], k: Int(ks.text(row)),
        ties: ties[row], value: values[row], interval: interval)
    }
  }
}
