import Artifacts
import Tables

/// What a model is asked for before it may be served.
package struct Gate: Sendable, Equatable {
  /// As "hit_rate@100".
  package var metric: String
  package var seenProtocol: SeenProtocol
  /// A baseline, or the other model.
  package var beat: String
  /// By how much more than nothing.
  package var by: Double
  /// Whether the difference's interval must clear the bar, not the difference alone.
  package var isCertain: Bool

  package init(metric: String, seenProtocol: SeenProtocol, beat: String, by: Double, isCertain: Bool) {
    self.metric = metric
    self.seenProtocol = seenProtocol
    self.beat = beat
    self.by = by
    self.isCertain = isCertain
  }
}

/// Whether a model is worth serving, and by what that was judged.
package struct Verdict: Sendable, Equatable {
  package static let type = ArtifactType("verdict", version: 1)

  package let gate: Gate
  package let model: String
  package let digest: Digest
  package let value: Double
  package let baselineValue: Double
  package let interval: Interval?

  package var difference: Double { value - baselineValue }

  package var isPassed: Bool { (gate.isCertain ? interval?.low ?? -.infinity : difference) > gate.by }

  /// - Returns: nil if the metric or the baseline was not measured.
  package init?(_ gate: Gate, _ metrics: Metrics, of model: String, digest: Digest) {
    guard
      let comparison = metrics.comparisons.first(where: {
        $0.model == model && $0.other == gate.beat && "\($0.name)@\($0.k)" == gate.metric
          && $0.seenProtocol == gate.seenProtocol.rawValue
      }), let value = metrics.value(model, comparison.seenProtocol, comparison.name, comparison.k),
      let baseline = metrics.value(gate.beat, comparison.seenProtocol, comparison.name, comparison.k)
    else { return nil }
    self.gate = gate
    self.model = model
    self.digest = digest
    self.value = value
    baselineValue = baseline
    interval = comparison.interval
  }

  /// One line.
  package var statement: String {
    let word = difference > 0 ? "beats" : difference < 0 ? "loses to" : "equals"
    let line =
      "\(model) \(word) \(gate.beat) on \(gate.metric), \(gate.seenProtocol.rawValue) "
      + "(\(decimals(value, 4)) against \(decimals(baselineValue, 4)))"
    return line + (isPassed || difference <= 0 ? "" : shortfall)
  }

  private var shortfall: String {
    let asked = gate.by == 0 ? "" : " by the \(gate.by) asked for"
    guard gate.isCertain else { return ", but not\(asked)" }
    let low = interval.map { ": the difference may be \(decimals($0.low, 4))" } ?? ""
    return ", but not for certain\(asked)\(low)"
  }

  private var table: Table {
    Table(
      "verdict", rows: 1,
      columns: [
        Column("metric", text: [gate.metric]), Column("protocol", text: [gate.seenProtocol.rawValue]),
        Column("name", text: [model]), Column("value", reals: [value]), Column("baseline", text: [gate.beat]),
        Column("baseline_value", reals: [baselineValue]), Column("difference", reals: [difference]),
        Column("low", reals: [interval?.low]), Column("high", reals: [interval?.high]),
        Column("asked", reals: [gate.by]), Column("certain", integers: [gate.isCertain ? 1 : 0]),
        Column("passed", integers: [isPassed ? 1 : 0]), Column("model", text: [digest.hexadecimal]),
        Column("statement", text: [statement]),
      ])
  }

  package func publish(to path: String, lineage: Lineage) throws {
    let writer = try ArtifactWriter(path: path, type: Self.type, schema: ["tables": [table.schema]])
    try table.write(to: writer)
    try writer.publish(
      lineage: lineage,
      summary: Summary([
        .fact("passed", isPassed ? "yes" : "no"), .fact("verdict", statement), .fact("model", digest.hexadecimal),
      ]))
  }
}

/// A verdict as those read it who act on it.
package struct PublishedVerdict: Sendable, Equatable {
  package let isPassed: Bool
  package let statement: String
  /// Digest of the judged model, in hexadecimal digits.
  package let model: String

  package init(_ file: ArtifactFile) throws {
    let table = try Table("verdict", from: file)
    (isPassed, statement, model) = try naming(file.path) {
      guard table.rows == 1, let passed = table.integers("passed")?[0], let statement = table.text("statement")?[0],
        let model = table.text("model")?[0]
      else { throw ArtifactError.malformed(part: "table \"verdict\"", reason: "it is no verdict") }
      return (passed == 1, statement, model)
    }
  }
}
