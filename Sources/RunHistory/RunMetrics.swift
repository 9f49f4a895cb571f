package import Artifacts
package import MetricTable
package import Pipeline

/// The metrics of a run's models, from the artifacts or, where these were removed, from what the record shows of them.
package struct RunMetrics: Sendable {
  /// A stage with the metrics that it made.
  package struct Stage: Sendable {
    package let name: String
    package let metrics: [Metric]
  }

  /// Stages with metrics, in the order of the run.
  package let stages: [Stage]

  /// The judged model's numbers over all queries.
  package func judged(_ stage: Stage) -> [Metric] {
    stage.metrics.filter { $0.slice == "all" && $0.model == stage.metrics.first?.model }
  }

  /// A number of the first stage that has it, over all queries; without those that a query has seen, if there is such.
  ///
  /// - Parameter label: as "recall@20".
  package func value(_ label: String) -> Metric? {
    for stage in stages {
      let found = judged(stage).filter { $0.label == label }
      if let best = found.first(where: { $0.seenProtocol == "seen-excluded" }) ?? found.first { return best }
    }
    return nil
  }

  /// Labels of the few numbers that tell most: quality of a list of medium length, and hits of the longest.
  package var headline: [String] {
    guard let stage = stages.first else { return [] }
    let metrics = judged(stage)
    let ks = Set(metrics.filter { $0.name == "recall" || $0.name == "hit_rate" }.compactMap(\.k)).sorted()
    guard let longest = ks.last else { return [] }
    let medium = ks[ks.count / 2]
    return ["recall@\(medium)", "ndcg@\(medium)", "hit_rate@\(longest)"].filter { value($0) != nil }
  }

  /// Labels of all numbers of the judged models.
  package var labels: [String] { stages.flatMap { judged($0) }.map(\.label) }
}

/// Reads the metrics of runs; those of a version only once.
package struct RunMetricsReader {
  private let store: Store
  private var known: [String: [Metric]] = [:]

  package init(_ store: Store) { self.store = store }

  package mutating func metrics(of run: StoredRun) -> RunMetrics {
    var stages: [RunMetrics.Stage] = []
    for stage in run.stages {
      guard let version = stage.version else { continue }
      // Metrics always have something to show at the end of a run.
      for output in stage.highlights.keys.sorted() {
        let path = "\(store.folder(stage: stage.name, version: version))/\(output).tandem"
        let metrics = known[path] ?? Self.read(path) ?? Self.metrics(shownIn: stage.highlights[output] ?? [])
        known[path] = metrics
        if !metrics.isEmpty { stages.append(.init(name: stage.name, metrics: metrics)) }
      }
    }
    return RunMetrics(stages: stages)
  }

  private static func read(_ path: String) -> [Metric]? {
    guard let file = try? ArtifactFile(path: path) else { return nil }
    return (try? Metric.all(in: file)) ?? []
  }

  /// The numbers of the table that the record has for people: rounded, without intervals.
  private static func metrics(shownIn items: [Summary.Item]) -> [Metric] {
    for case .table("metrics", let columns, let rows) in items
    where columns.starts(with: ["metric", "protocol", "ties"]) {
      return columns.indices.dropFirst(3).flatMap { column in
        rows.compactMap { row in
          guard row.count == columns.count, let value = Double(row[column]) else { return nil }
          let parts = row[0].split(separator: "@", maxSplits: 1)
          return Metric(
            model: columns[column], seenProtocol: row[1], slice: "all", name: parts.first.map(String.init) ?? row[0],
            k: parts.count == 2 ? Int(parts[1]) : nil, ties: row[2], value: value, interval: nil)
        }
      }
    }
    return []
  }
}
