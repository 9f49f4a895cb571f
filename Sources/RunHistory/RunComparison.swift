package import Artifacts
package import CanonicalJSON
import DisplayText
package import MetricTable
package import Pipeline

/// The differences between two runs: what they were made from, and what came out.
package struct RunComparison {
  /// A difference in what the runs were made from, or in an output.
  package struct Change: Sendable, Equatable {
    /// "param", "program", "source", "output" or "stage".
    package let kind: String
    package let name: String
    package let first: String
    package let second: String
  }

  /// A metric in both runs.
  package struct MetricChange: Sendable {
    package let stage: String
    /// `nil` if only the other run has it.
    package let first: Metric?
    package let second: Metric?

    package var difference: Double? {
      guard let first, let second else { return nil }
      return second.value - first.value
    }

    /// `true` if no value lies in both intervals; `nil` if one of the two has none.
    package var isBeyondIntervals: Bool? {
      guard let first = first?.interval, let second = second?.interval else { return nil }
      return !first.overlaps(second)
    }
  }

  package let first: StoredRun
  package let second: StoredRun
  package let changes: [Change]
  /// The metrics of all models, over all queries.
  package let metrics: [MetricChange]
  /// The judged models, by stage.
  private let models: [String: String]

  package init(_ first: StoredRun, _ second: StoredRun, in store: Store) {
    self.first = first
    self.second = second
    changes = Self.changes(first, second)
    var reader = RunMetricsReader(store)
    let (ours, theirs) = (reader.metrics(of: first), reader.metrics(of: second))
    metrics = Self.metrics(ours, theirs)
    models = Dictionary((ours.stages + theirs.stages).map { ($0.name, $0.metrics.first?.model ?? "") }) { $1 }
  }

  private static func changes(_ first: StoredRun, _ second: StoredRun) -> [Change] {
    var changes: [Change] = []
    func add(_ kind: String, _ prefix: String, _ ours: [String: String], _ theirs: [String: String]) {
      for name in Set(ours.keys).union(theirs.keys).sorted() where ours[name] != theirs[name] {
        changes.append(
          Change(kind: kind, name: prefix + name, first: ours[name] ?? "none", second: theirs[name] ?? "none"))
      }
    }
    func short(_ digests: [String: Digest]) -> [String: String] { digests.mapValues(\.short) }
    add("source", "", short(first.sources), short(second.sources))
    var names = first.stages.map(\.name)
    names += second.stages.map(\.name).filter { !names.contains($0) }
    for name in names {
      guard let ours = first.stage(name), let theirs = second.stage(name) else {
        // A run that ended early says nothing about the stages that it did not come to.
        guard first.stage(name) != nil || first.state == .finished,
          second.stage(name) != nil || second.state == .finished
        else { continue }
        let (has, hasNot) = ("part of the run", "not part of the run")
        changes.append(
          Change(
            kind: "stage", name: name, first: first.stage(name) == nil ? hasNot : has,
            second: second.stage(name) == nil ? hasNot : has))
        continue
      }
      let program = { (stage: StoredRun.Stage) in
        ["": stage.programIdentity.map { String($0.prefix(12)) } ?? "unknown"]
      }
      add("program", name, program(ours), program(theirs))
      let texts = { (params: [String: JSON]) in params.mapValues { $0.string ?? $0.text } }
      add("param", "\(name).", texts(ours.params), texts(theirs.params))
      add("output", "\(name).", short(ours.outputs), short(theirs.outputs))
    }
    return changes
  }

  private static func metrics(_ ours: RunMetrics, _ theirs: RunMetrics) -> [MetricChange] {
    func rows(_ metrics: RunMetrics) -> [(name: [String], stage: String, metric: Metric)] {
      metrics.stages.flatMap { stage in
        stage.metrics.filter { $0.slice == "all" }.map {
          ([stage.name, $0.model, $0.seenProtocol, $0.label, $0.ties], stage.name, $0)
        }
      }
    }
    let (first, second) = (rows(ours), rows(theirs))
    let other = Dictionary(second.map { ($0.name, $0.metric) }) { first, _ in first }
    let known = Set(first.map(\.name))
    return first.map { MetricChange(stage: $0.stage, first: $0.metric, second: other[$0.name]) }
      + second.filter { !known.contains($0.name) }
      .map { MetricChange(stage: $0.stage, first: nil, second: $0.metric) }
  }

  /// The changes of the judged models.
  package var judged: [MetricChange] {
    metrics.filter { ($0.first ?? $0.second)?.model == models[$0.stage] }
  }

  /// The metrics that tell most: of lists of medium and of greatest length, without what a query has seen if there is
  /// such.
  package var brief: [MetricChange] {
    let ks = Set(judged.compactMap { ($0.first ?? $0.second)?.k }).sorted()
    let lengths: Set<Int?> = [ks.isEmpty ? nil : ks[ks.count / 2], ks.last, nil]
    let hasExcluded = judged.contains { ($0.first ?? $0.second)?.seenProtocol == "seen-excluded" }
    return judged.filter { change in
      guard let metric = change.first ?? change.second else { return false }
      return lengths.contains(metric.k)
        && (!hasExcluded || metric.k == nil || metric.seenProtocol == "seen-excluded")
    }
  }

  /// - Parameter all: `true` if all numbers of the judged models that differ are shown.
  package func lines(all: Bool) -> [String] {
    var lines = alignedColumns(
      [["", "first", "second"], ["run", first.identifier, second.identifier]]
        + [
          ["started", minute(first.started), minute(second.started)],
          ["state", first.state.rawValue, second.state.rawValue],
        ]
        + [["seconds", decimals(first.seconds, 1), decimals(second.seconds, 1)]]
        + (first.revision == second.revision
          ? []
          : [
            [
              "revision", first.revision.map { String($0.prefix(12)) } ?? "none",
              second.revision.map { String($0.prefix(12)) } ?? "none",
            ]
          ]))
    lines.append("")
    if changes.isEmpty {
      lines.append("The same params, programs, sources and outputs.")
    } else {
      lines += alignedColumns(
        changes.map { [$0.kind, $0.name, shortened($0.first, 40), "→", shortened($0.second, 40)] })
    }
    let different = judged.filter { $0.difference != 0 }
    let shown = all ? different : brief.filter { $0.difference != 0 }
    let more = different.count - shown.count
    let rest = more > 0 ? ["", "\(more) more numbers differ; --all shows them."] : []
    guard !shown.isEmpty else {
      return lines + (metrics.isEmpty || more > 0 ? [] : ["", "The same metrics."]) + rest
    }
    return lines + [""]
      + alignedColumns(
        [["metric", "protocol", "first", "second", "difference", "intervals"]]
          + shown.map { change in
            let metric = change.first ?? change.second
            return [
              (models.count > 1 ? "\(change.stage) " : "") + (metric?.label ?? ""), metric?.seenProtocol ?? "",
              change.first?.shortText ?? "none", change.second?.shortText ?? "none",
              change.difference.map { signed($0) } ?? "", change.verdict,
            ]
          }) + rest
  }

  package var json: JSON {
    [
      "first": JSON(first.identifier), "second": JSON(second.identifier),
      "changes": .array(
        changes.map {
          ["kind": JSON($0.kind), "name": JSON($0.name), "first": JSON($0.first), "second": JSON($0.second)]
        }),
      "metrics": .array(
        metrics.map { change in
          [
            "first": change.first?.json(stage: change.stage) ?? .null,
            "second": change.second?.json(stage: change.stage) ?? .null,
            "difference": change.difference.map { .number($0) } ?? .null,
            "beyond_intervals": change.isBeyondIntervals.map { .bool($0) } ?? .null,
          ]
        }),
    ]
  }
}

extension RunComparison.MetricChange {
  /// The verdict of the intervals on the difference.
  var verdict: String {
    switch isBeyondIntervals {
    case true?: "beyond both"
    case false?: "overlap"
    case nil: ""
    }
  }
}

func signed(_ value: Double) -> String { (value < 0 ? "" : "+") + decimals(value, 4) }
