import Artifacts
package import CanonicalJSON
import DisplayText
import MetricTable
package import Pipeline

/// The runs of a pipeline with their metrics, the oldest first.
package struct RunHistory {
  /// A run with its metrics.
  package struct Row: Sendable {
    package let run: StoredRun
    package let metrics: RunMetrics
    /// `true` if `latest` of every stage is the version of this run.
    package let isLatest: Bool
  }

  package let rows: [Row]
  /// Labels of the metrics that are shown, as "recall@20".
  package let labels: [String]

  /// - Parameters:
  ///   - last: the number of runs.
  ///   - labels: the metrics that are shown; a few that tell most if empty.
  /// - Throws: `HistoryError` if there is no run, or none that has one of the metrics.
  package init(_ runs: StoredRuns, pipeline: String, last: Int, labels: [String]) throws {
    let found = try runs.last(last)
    guard !found.isEmpty else { throw RunError.noRuns(pipeline: pipeline, store: runs.store.root) }
    var reader = RunMetricsReader(runs.store)
    var rows: [Row] = []
    for run in found.reversed() {
      let isLatest =
        run.state == .finished && !run.versions.isEmpty
        && run.versions.allSatisfy { runs.store.latest(of: $0.key) == $0.value }
      rows.append(Row(run: run, metrics: reader.metrics(of: run), isLatest: isLatest))
    }
    self.rows = rows
    let known = rows.last { !$0.metrics.stages.isEmpty }?.metrics
    for label in labels where !rows.contains(where: { $0.metrics.value(label) != nil }) {
      var seen: Set<String> = []
      throw HistoryError.noMetric(label, there: (known?.labels ?? []).filter { seen.insert($0).inserted })
    }
    self.labels = labels.isEmpty ? known?.headline ?? [] : labels
  }

  /// The table of runs, and the curve of the first metric over days.
  package var lines: [String] {
    let head = ["run", "started", "state", "seconds", "ran"] + labels + [""]
    let table = rows.map { row -> [String] in
      let run = row.run
      let marks = (row.isLatest ? ["latest"] : []) + (run.isPinned ? ["pinned"] : [])
      return [
        run.identifier, minute(run.started), run.state.rawValue, decimals(run.seconds, 1),
        "\(run.stages.count { $0.hasRun })",
      ] + labels.map { row.metrics.value($0)?.shortText ?? "" } + [marks.joined(separator: ", ")]
    }
    return alignedColumns([head] + table) + (labels.first.map { curve(of: $0) } ?? [])
  }

  /// The last run of each day that has the metric.
  private func curve(of label: String) -> [String] {
    var days: [(day: String, metric: Metric)] = []
    for row in rows where row.run.state == .finished {
      guard let metric = row.metrics.value(label) else { continue }
      let day = String(row.run.started.prefix(10))
      if days.last?.day == day { days.removeLast() }
      days.append((day, metric))
    }
    guard let first = days.first, let greatest = days.map(\.metric.value).max(), greatest > 0 else { return [] }
    let cells = days.map { day, metric in
      [day, metric.shortText, String(repeating: "█", count: max(0, Int((metric.value / greatest * 40).rounded())))]
    }
    return ["", "\(label) by day (\(first.metric.model), \(first.metric.seenProtocol)):"] + alignedColumns(cells)
  }

  package var json: JSON {
    .array(
      rows.map { row in
        let run = row.run
        return [
          "run": JSON(run.identifier), "pipeline": JSON(run.pipeline), "state": JSON(run.state.rawValue),
          "started": JSON(run.started), "finished": JSON(optional: run.finished),
          "seconds": .number(run.seconds), "revision": JSON(optional: run.revision),
          "latest": .bool(row.isLatest), "pinned": .bool(run.isPinned),
          "stages": .object(
            Dictionary(
              run.stages.map {
                ($0.name, ["result": JSON($0.result), "version": JSON(optional: $0.version)])
              }
            ) { $1 }),
          "metrics": .array(
            row.metrics.stages.flatMap { stage in
              stage.metrics.filter { $0.slice == "all" }.map { $0.json(stage: stage.name) }
            }),
        ]
      })
  }
}

/// The reason why a history cannot be shown.
package enum HistoryError: Error, Equatable, CustomStringConvertible {
  case noMetric(String, there: [String])

  package var description: String {
    switch self {
    case .noMetric(let label, let there):
      "no run has the metric \"\(label)\"; "
        + (there.isEmpty ? "the pipeline has no stage that measures any" : "there are \(there.joined(separator: ", "))")
    }
  }
}

extension Metric {
  /// The value as "0.2094 ± 0.0094", without the second where there is no interval.
  var shortText: String {
    decimals(value, value >= 100 ? 1 : 4)
      + (interval.map { " ± \(decimals(($0.high - $0.low) / 2, 4))" } ?? "")
  }

  func json(stage: String) -> JSON {
    [
      "stage": JSON(stage), "model": JSON(model), "protocol": JSON(seenProtocol), "metric": JSON(name),
      "k": JSON(optional: k), "ties": JSON(ties), "value": .number(value),
      "low": interval.map { .number($0.low) } ?? .null, "high": interval.map { .number($0.high) } ?? .null,
    ]
  }
}

/// "2026-01-31T12:00:00Z" as "2026-01-31 12:00".
func minute(_ timestamp: String) -> String {
  timestamp.prefix(16).split(separator: "T").joined(separator: " ")
}
