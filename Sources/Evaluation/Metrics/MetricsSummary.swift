import Artifacts
import DisplayText
import MetricTable

/// A summary of the metrics for people: models side by side.
struct MetricsSummary {
  private let metrics: Metrics
  private let models: [String]
  private let ks: [Int]

  init(_ metrics: Metrics) {
    self.metrics = metrics
    var models: [String] = []
    for row in metrics.rows where !models.contains(row.model) && !RatingAssessment.baselines.contains(row.model) {
      models.append(row.model)
    }
    self.models = models
    ks = Set(metrics.rows.compactMap(\.k)).sorted()
  }

  var summary: Summary {
    let verdict = metrics.verdict.map { [Summary.Item.fact("verdict", $0)] } ?? []
    return Summary(
      metrics.facts + [sideBySide { _ in true }] + metrics.ratings + intervals + slices + comparisons
        + index { isMain($0.name) || $0.name == IndexMetric.recall } + verdict,
      highlights: [sideBySide(isHighlight)] + metrics.ratings + otherModel + index(isHighlight) + verdict)
  }

  /// The hit rates of all models by lists of `k` candidates, for the log.
  func hitRates(k: Int) -> String {
    let values = metrics.rows.filter {
      $0.slice == "all" && $0.name == Measure.hitRate.name && $0.k == k
        && $0.seenProtocol == SeenProtocol.excluded.rawValue
    }
    let texts = values.map { "\($0.model) \(decimals($0.value, 4))" }
    return "\(Measure.hitRate.name)@\(k), seen excluded: \(texts.joined(separator: ", "))"
  }

  private func key(_ row: Metric) -> [String] {
    [row.label, row.seenProtocol, row.ties]
  }

  /// A line for each metric of all queries, a column for each model.
  private func sideBySide(_ isShown: (Metric) -> Bool) -> Summary.Item {
    let rows = metrics.rows.filter { $0.slice == "all" && models.contains($0.model) && isShown($0) }
    return grid("metrics", ["metric", "protocol", "ties"], rows, key) {
      decimals($0.value, $0.value >= 100 ? 1 : 4)
    }
  }

  private func grid(
    _ title: String, _ columns: [String], _ rows: [Metric], _ key: (Metric) -> [String], _ text: (Metric) -> String
  ) -> Summary.Item {
    var keys: [[String]] = []
    var cells: [[String]: [String: String]] = [:]
    for row in rows {
      let key = key(row)
      if cells[key] == nil { keys.append(key) }
      cells[key, default: [:]][row.model] = text(row)
    }
    return .table(
      title: title, columns: columns + models, rows: keys.map { key in key + models.map { cells[key]?[$0] ?? "" } })
  }

  private var intervals: [Summary.Item] {
    let rows = metrics.rows.filter { $0.slice == "all" && $0.interval != nil && isMain($0.name) }
    guard !rows.isEmpty else { return [] }
    return [
      grid("95 % intervals, by a bootstrap over queries", ["metric", "protocol", "ties"], rows, key) { row in
        row.interval.map { "\(decimals($0.low, 4))-\(decimals($0.high, 4))" } ?? ""
      }
    ]
  }

  private var slices: [Summary.Item] {
    let rows = metrics.rows.filter { $0.slice != "all" && isHeadline($0.name, $0.k) }
    guard !rows.isEmpty else { return [] }
    return [
      grid(
        "slices", ["slice", "metric", "protocol"], rows, { [$0.slice] + key($0).prefix(2) },
        { decimals($0.value, 4) })
    ]
  }

  private var comparisons: [Summary.Item] { table("comparisons", metrics.comparisons) }

  /// A second model comes first at the end of a run.
  private var otherModel: [Summary.Item] {
    table("two-tower against other", metrics.comparisons.filter { $0.other == "other" })
  }

  private func table(_ title: String, _ comparisons: [Comparison]) -> [Summary.Item] {
    let shown = comparisons.filter { isHeadline($0.name, $0.k) }
    guard !shown.isEmpty else { return [] }
    return [
      .table(
        title: title, columns: ["against", "metric", "protocol", "difference", "95 % interval", "p"],
        rows: shown.map { row in
          [
            row.other, "\(row.name)@\(row.k)", row.seenProtocol, signed(row.difference),
            row.interval.map { "\(signed($0.low)) to \(signed($0.high))" } ?? "",
            row.p.map { decimals($0, 4) } ?? "",
          ]
        })
    ]
  }

  private func index(_ isShown: (IndexMetric) -> Bool) -> [Summary.Item] {
    let shown = metrics.index.filter(isShown)
    guard !shown.isEmpty else { return [] }
    return [
      .table(
        title: "through the index (ties: \(Measure.listTies))",
        columns: ["metric", "protocol", "index", "exact", "difference", "95 % interval"],
        rows: shown.map { row in
          [
            "\(row.name)@\(row.k)", row.seenProtocol, decimals(row.value, 4), decimals(row.exact, 4),
            signed(row.difference),
            row.differenceInterval.map { "\(signed($0.low)) to \(signed($0.high))" } ?? "",
          ]
        })
    ]
  }

  private func signed(_ value: Double) -> String { (value < 0 ? "" : "+") + decimals(value, 4) }

  private func isMain(_ metric: String) -> Bool { Measure.ofSlices.contains { $0.name == metric } }

  /// `true` for hit_rate of the longest list, and for quality metrics of a list of medium length.
  private func isHeadline(_ metric: String, _ k: Int?) -> Bool {
    guard let k, isMain(metric) else { return false }
    return metric == Measure.hitRate.name ? k == ks.last : k == ks[ks.count / 2]
  }

  /// Hit rates under both protocols, and quality metrics of a list of medium length.
  private func isHighlight(_ row: Metric) -> Bool {
    row.name == Measure.hitRate.name || row.name == "loss_per_pair" || row.name == RatingAssessment.headline
      || row.seenProtocol == SeenProtocol.excluded.rawValue && isHeadline(row.name, row.k)
  }

  private func isHighlight(_ row: IndexMetric) -> Bool {
    row.seenProtocol == SeenProtocol.excluded.rawValue
      && (isHeadline(row.name, row.k) || row.name == IndexMetric.recall && row.k == ks.last)
  }
}
