import Artifacts
package import CanonicalJSON
import DisplayText
import MetricTable
package import Pipeline

/// The results of the runs of a sweep.
package struct SweepResults {
  /// A combination of values, with its run.
  package struct Point: Sendable {
    /// The values of the point, one for each axis.
    package let values: [String]
    /// `nil` if it failed before it began.
    package let run: String?
    package let failure: String?

    package init(values: [String], run: String?, failure: String?) {
      self.values = values
      self.run = run
      self.failure = failure
    }
  }

  private struct Row {
    let point: Point
    let stored: StoredRun?
    let metrics: RunMetrics?
  }

  private let axes: [SweepAxis]
  private let rows: [Row]
  private let labels: [String]

  /// - Parameter labels: metrics to show; a few that tell most if empty.
  /// - Throws: `HistoryError` if no run has one of the metrics.
  package init(_ points: [Point], of axes: [SweepAxis], in runs: StoredRuns, labels: [String]) throws {
    var reader = RunMetricsReader(runs.store)
    self.axes = axes
    let rows = points.map { point in
      let stored = point.run.flatMap { StoredRun($0, in: runs.store) }
      return Row(point: point, stored: stored, metrics: stored.map { reader.metrics(of: $0) })
    }
    let known = rows.compactMap(\.metrics).first { !$0.stages.isEmpty }
    for label in labels where known != nil && !rows.contains(where: { $0.metrics?.value(label) != nil }) {
      var seen: Set<String> = []
      throw HistoryError.noMetric(label, there: (known?.labels ?? []).filter { seen.insert($0).inserted })
    }
    let shown = labels.isEmpty ? known?.headline ?? [] : labels
    self.labels = shown
    let value = { (row: Row) in
      shown.first.flatMap { row.metrics?.value($0) }.map { $0.isBetterLess ? -$0.value : $0.value } ?? -.infinity
    }
    // Those of equal value stay in the order of the sweep.
    self.rows = rows.enumerated().sorted { (-value($0.element), $0.offset) < (-value($1.element), $1.offset) }
      .map(\.element)
  }

  /// A table, the best value of the first metric first.
  package var lines: [String] {
    let head = axes.map(\.param) + labels + ["seconds", "run", ""]
    return alignedColumns(
      [head]
        + rows.map { row in
          row.point.values + labels.map { row.metrics?.value($0)?.shortText ?? "" }
            + [row.stored.map { decimals($0.seconds, 1) } ?? "", row.point.run ?? "", row.point.failure ?? ""]
        })
  }

  package var json: JSON {
    .array(
      rows.map { row in
        [
          "params": .object(
            Dictionary(zip(axes.map(\.param), row.point.values.map { JSON($0) })) { first, _ in first }),
          "run": JSON(optional: row.point.run), "failure": JSON(optional: row.point.failure),
          "seconds": row.stored.map { .number($0.seconds) } ?? .null,
          "metrics": .array(
            (row.metrics?.stages ?? []).flatMap { stage in
              stage.metrics.filter { $0.slice == "all" }.map { $0.json(stage: stage.name) }
            }),
        ]
      })
  }
}
