import DisplayText
import MetricTable

/// The metrics of a run: the judged model beside the baselines and beside the run before, and by slices.
struct MetricsSection {
  private let metrics: RunMetrics
  private let previous: RunMetrics?

  private static let mostSlices = 40

  init(_ metrics: RunMetrics, previous: RunMetrics?) {
    self.metrics = metrics
    self.previous = previous
  }

  var markup: String {
    metrics.stages.map { stage in
      let head = metrics.stages.count > 1 ? "<h3>\(Markup.escaped(stage.name))</h3>\n" : ""
      return head + headline.map { part(stage, $0) }.joined() + slices(stage)
    }.joined()
  }

  private var headline: [String] { metrics.headline }

  private func part(_ stage: RunMetrics.Stage, _ label: String) -> String {
    guard let main = chosen(label, metrics.judged(stage)) else { return "" }
    let others = stage.metrics.filter {
      $0.slice == "all" && $0.label == label && $0.seenProtocol == main.seenProtocol && $0.ties == main.ties
        && $0.model != main.model
    }
    var rows = [IntervalPlot.Row(name: main.model, metric: main, isMain: true)]
    let before = previous?.stages.first { $0.name == stage.name }.flatMap { chosen(label, previous?.judged($0) ?? []) }
    if let before { rows.append(.init(name: "the run before", metric: before)) }
    rows += others.map { .init(name: $0.model, metric: $0) }
    return "<h4>\(Markup.escaped(label)) <span class=\"soft\">\(Markup.escaped(main.seenProtocol))</span></h4>\n"
      + IntervalPlot(rows: rows).markup
  }

  private func chosen(_ label: String, _ metrics: [Metric]) -> Metric? {
    let found = metrics.filter { $0.label == label }
    return found.first { $0.seenProtocol == "seen-excluded" } ?? found.first
  }

  /// The judged model in every slice, beside the first baseline.
  private func slices(_ stage: RunMetrics.Stage) -> String {
    guard let label = headline.first, let main = chosen(label, metrics.judged(stage)) else { return "" }
    let all = stage.metrics.filter {
      $0.slice != "all" && $0.label == label && $0.seenProtocol == main.seenProtocol && $0.ties == main.ties
    }
    let baseline = all.first { $0.model != main.model }?.model
    let judged = all.filter { $0.model == main.model }
    guard !judged.isEmpty else { return "" }
    let rows = judged.prefix(Self.mostSlices).map { metric in
      IntervalPlot.Row(
        name: metric.slice, metric: metric, isMain: true,
        other: all.first { $0.slice == metric.slice && $0.model == baseline })
    }
    let more = judged.count - rows.count
    return "<h3>\(Markup.escaped(label)) by slice</h3>\n"
      + (baseline.map { "<p class=\"soft\">Hollow: \(Markup.escaped($0)).</p>\n" } ?? "")
      + IntervalPlot(rows: rows).markup
      + (more > 0 ? "<p class=\"soft\">\(more) more slices are in the artifact.</p>\n" : "")
  }
}
