import DisplayText
import MetricTable
import Tables

/// A comparison of two tables of metrics, metric by metric, in any order of their rows.
struct MetricsDifference {
  private let first: Table
  private let second: Table

  /// Returns `nil` if the tables are not of metrics.
  init?(_ first: Table, _ second: Table) {
    guard [first, second].allSatisfy({ Self.rows(of: $0) != nil }) else { return nil }
    self.first = first
    self.second = second
  }

  private struct Value: Equatable {
    var value: Double
    var interval: Interval?

    static func == (a: Value, b: Value) -> Bool { a.value == b.value }

    var text: String {
      decimals(value, 4) + (interval.map { " (\(decimals($0.low, 4)) to \(decimals($0.high, 4)))" } ?? "")
    }
  }

  /// Returns the values over all queries by metric, in the order of the table, and the number of values of slices.
  private static func rows(of table: Table) -> (all: [(name: String, value: Value)], slices: Int)? {
    guard let metrics = Metric.all(in: table) else { return nil }
    let all = metrics.filter { $0.slice == "all" }.map { metric in
      (
        name: "\(metric.model) \(metric.label) \(metric.seenProtocol)"
          + (metric.ties == "expected" || metric.ties == "none" ? "" : " (\(metric.ties))"),
        value: Value(value: metric.value, interval: metric.interval)
      )
    }
    return (all, metrics.count - all.count)
  }

  var lines: [String] {
    guard let (ours, ourSlices) = Self.rows(of: first), let (theirs, theirSlices) = Self.rows(of: second) else {
      return []
    }
    let other = Dictionary(theirs.map { ($0.name, $0.value) }) { first, _ in first }
    let own = Set(ours.map(\.name))
    var lines: [String] = []
    for (name, value) in ours {
      guard let second = other[name] else {
        lines.append("\(name): only in the first")
        continue
      }
      guard value != second else { continue }
      let change = second.value - value.value
      lines.append("\(name): \(value.text) | \(second.text), \(change < 0 ? "" : "+")\(decimals(change, 4))")
    }
    lines += theirs.filter { !own.contains($0.name) }.map { "\($0.name): only in the second" }
    if ourSlices + theirSlices > 0 {
      lines.append("slices: \(ourSlices) rows | \(theirSlices) rows, not compared here")
    }
    return lines
  }
}
