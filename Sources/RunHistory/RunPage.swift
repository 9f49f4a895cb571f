import Artifacts
import DisplayText
import MetricTable
package import Pipeline
import SystemFiles

/// A report of a run: one HTML file that needs neither a network nor a script, to be looked at and mailed.
package struct RunPage {
  private let run: StoredRun
  private let store: Store
  /// The finished run of the same pipeline before it; `nil` for the first.
  private let previous: StoredRun?
  private let metrics: RunMetrics

  package init(_ run: StoredRun, _ runs: StoredRuns) throws {
    self.run = run
    store = runs.store
    previous = try runs.last(1) { $0.state == .finished && Self.came($0, before: run) }.first
    var reader = RunMetricsReader(store)
    metrics = reader.metrics(of: run)
  }

  private static func came(_ one: StoredRun, before other: StoredRun) -> Bool {
    (one.started, one.identifier.utf8.count, one.identifier) < (
      other.started, other.identifier.utf8.count, other.identifier
    )
  }

  package var html: String {
    let title = "\(run.pipeline), \(minute(run.started))"
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(Markup.escaped(title))</title>
      <style>
      \(PageStyle.sheet)
      </style>
      </head>
      <body>
      <main>
      \(head)
      \(Markup.section("Graph", StageGraph(run).markup))\
      \(Markup.section("Stages", stages))\
      \(Markup.section("Data", artifacts(ofData: true)))\
      \(Markup.section("Metrics", MetricsSection(metrics, previous: previous.map { metrics(of: $0) }).markup))\
      \(Markup.section("Against the run before", comparison))\
      \(Markup.section("Artifacts", artifacts(ofData: false)))\
      </main>
      </body>
      </html>

      """
  }

  private func metrics(of run: StoredRun) -> RunMetrics {
    var reader = RunMetricsReader(store)
    return reader.metrics(of: run)
  }

  private var head: String {
    let facts =
      [
        "run <code>\(Markup.escaped(run.identifier))</code>", "began \(Markup.escaped(minute(run.started))) UTC",
        "\(run.state == .died ? "last heard of after" : "took") \(decimals(run.seconds, 2)) s",
        "<span class=\"state \(run.state.rawValue)\">\(run.state.rawValue)</span>",
      ] + (run.executor.map { ["by \(Markup.escaped($0))"] } ?? [])
      + (run.revision.map { ["commit <code>\(Markup.escaped($0.prefix(12)))</code>"] } ?? [])
    let errors = (run.state == .died ? [Self.died] : []) + run.stages.compactMap(\.failure)
    let failures = errors.map { "<div class=\"error\">\(Markup.escaped($0))</div>\n" }
    let verdicts = run.stages.flatMap { $0.highlights.values.joined() }.compactMap { item -> String? in
      guard case .fact("verdict", let value) = item else { return nil }
      return "<div class=\"verdict\">\(Markup.escaped(value))</div>\n"
    }
    return "<h1>\(Markup.escaped(run.pipeline))</h1>\n<p class=\"soft\">\(facts.joined(separator: " · "))</p>\n"
      + failures.joined() + verdicts.joined()
  }

  private static let died = """
    The runner ended without a word: it was killed, or its machine went down. What was made by then is kept, and the \
    same command goes on from there.
    """

  private var stages: String {
    let longest = run.stages.compactMap(\.seconds).max() ?? 0
    return Markup.table(
      ["stage", "result", "why", "time", "peak memory", "version"],
      run.stages.map { stage in
        let time = stage.seconds.map { seconds in
          let width = longest > 0 ? decimals(seconds / longest * 6, 2) : "0"
          return
            "<span class=\"whole\"><span class=\"time\" style=\"width:\(width)rem\"></span>\(decimals(seconds, 2)) s</span>"
        }
        return [
          Markup.escaped(stage.name),
          "<span class=\"state \(Markup.escaped(stage.result))\">\(Markup.escaped(stage.result))</span>"
            + (stage.attempts > 1 ? " at attempt \(stage.attempts)" : ""),
          Markup.escaped(stage.reasons), time ?? "", stage.peakBytes.map { ByteSize.text($0) } ?? "",
          stage.version.map { "<code>\(Markup.escaped($0))</code>" } ?? "",
        ]
      })
  }

  private var comparison: String {
    guard let previous else { return "" }
    let comparison = RunComparison(previous, run, in: store)
    let changes = Markup.table(
      text: ["", "", "before", "now"], comparison.changes.map { [$0.kind, $0.name, $0.first, $0.second] })
    // A run that failed has not measured what it lacks.
    let changed = comparison.brief.filter { $0.difference != 0 && (run.state == .finished || $0.second != nil) }
    let metrics = changed.map { change in
      [
        change.stage, (change.first ?? change.second)?.label ?? "", (change.first ?? change.second)?.seenProtocol ?? "",
        change.first?.shortText ?? "none", change.second?.shortText ?? "none",
        change.difference.map { signed($0) } ?? "",
        change.verdict,
      ]
    }
    let name = "<p class=\"soft\">The run before is <code>\(Markup.escaped(previous.identifier))</code>.</p>\n"
    if changes.isEmpty, metrics.isEmpty { return name + "<p>Nothing changed.</p>" }
    return name + changes
      + (metrics.isEmpty ? "" : "\n<h3>Metrics that changed</h3>\n")
      + Markup.table(text: ["stage", "metric", "protocol", "before", "now", "difference", "intervals"], metrics)
  }

  /// Types of what `check` makes, which have a section of their own.
  private static let dataTypes = ["data-statistics", "data-verdict"]

  /// The summaries of artifacts.
  ///
  /// - Parameter ofData: `true` for what was found out of the data, the verdict first; `false` for all others.
  private func artifacts(ofData: Bool) -> String {
    run.stages.flatMap { stage in
      stage.outputs.keys.sorted { ofData ? $0 > $1 : $0 < $1 }.map { output -> String in
        let (items, note) = summary(of: output, stage)
        let markup = SummarySection.markup(items)
        guard !markup.isEmpty, Self.dataTypes.contains(note.type) == ofData else { return "" }
        return "<details\(note.isOpen ? " open" : "")><summary>\(Markup.escaped("\(stage.name).\(output)")) "
          + "<span>\(Markup.escaped(note.text))</span></summary>\n\(markup)</details>\n"
      }
    }.joined()
  }

  /// Returns an artifact's summary, or what the record has of it if it was removed.
  private func summary(
    of output: String, _ stage: StoredRun.Stage
  ) -> (items: [Summary.Item], note: (text: String, type: String, isOpen: Bool)) {
    let path = stage.version.map { "\(store.folder(stage: stage.name, version: $0))/\(output).tandem" }
    guard let path, let file = try? ArtifactFile(path: path), file.digest == stage.outputs[output] else {
      return (stage.highlights[output] ?? [], ("removed since; the record of the run has this of it", "", true))
    }
    let text = "\(file.header.type), \(ByteSize.text(Files.size(path)))"
    // The metrics are shown above as drawings, and have hundreds of numbers.
    return (file.header.summary.items, (text, file.header.type, file.header.type != "metrics"))
  }
}
