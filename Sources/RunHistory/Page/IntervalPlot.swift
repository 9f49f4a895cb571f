import DisplayText
import MetricTable

/// Values with their intervals, one beneath the other on one scale from zero.
struct IntervalPlot {
  struct Row {
    let name: String
    let metric: Metric
    /// `true` for the judged model, which stands out.
    var isMain = false
    /// A second value on the same line, such as a baseline's.
    var other: Metric?
  }

  let rows: [Row]

  private var greatest: Double {
    rows.flatMap { [$0.metric, $0.other].compactMap { $0 } }.map { max($0.value, $0.interval?.high ?? 0) }.max()
      ?? 0
  }

  var markup: String {
    let scale = greatest > 0 ? greatest : 1
    let lines = rows.map { row in
      let metric = row.metric
      var track = ""
      if let other = row.other { track += "<b class=\"other\" style=\"left:\(share(other.value, scale))\"></b>" }
      if let interval = metric.interval {
        let (low, high) = (max(interval.low, 0), max(interval.high, 0))
        track += "<i style=\"left:\(share(low, scale));width:\(share(high - low, scale))\"></i>"
      }
      track += "<b style=\"left:\(share(metric.value, scale))\"></b>"
      return "<div class=\"\(row.isMain ? "row main" : "row")\"><span>\(Markup.escaped(row.name))</span>"
        + "<div class=\"track\">\(track)</div><span class=\"value\">\(metric.shortText)</span></div>"
    }
    return "<div class=\"intervals\">\(lines.joined(separator: "\n"))</div>\n"
  }

  private func share(_ value: Double, _ scale: Double) -> String {
    "\(decimals(min(max(value / scale, 0), 1) * 100, 2))%"
  }
}
