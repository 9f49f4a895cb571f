package import Artifacts
import DisplayText
import Kernels

/// The recall that an index was measured to have, on which queries, and what other search parameters would have.
package struct Certificate: Sendable, Equatable {
  /// The clock rate, in Hz, for which times are estimated.
  package static let clock = 3e9

  /// The recall at one choice of search parameters: the share of the exact best k that a search finds, a mean over
  /// queries.
  package struct Point: Sendable, Equatable {
    package var parameters: SearchParameters
    package var recall: Double
    /// Half the width of the 95 % confidence interval of the mean.
    package var margin: Double
    /// The mean number of candidates whose codes a query scans.
    package var scanned: Double
    /// The estimated cost of a query in cycles of one core (`SearchWork.cycles`).
    package var cycles: Double

    var microseconds: Double { cycles / Certificate.clock * 1e6 }
  }

  package var k: Int
  package var target: Double
  /// The number of queries that the recall was measured on; none of them had a part in choosing the parameters.
  package var queries: Int
  package var point: Point
  /// The cheapest parameters for each recall, by rising recall, on the queries that they were chosen with.
  package var curve: [Point]

  package var summary: [Summary.Item] {
    [
      .fact("recall@\(k)", "\(decimals(point.recall, 4)) ± \(decimals(point.margin, 4)) on \(queries) queries"),
      .fact("asked", "\(decimals(target, 4))"), .fact("reach", decimals(Double(point.parameters.reach), 2)),
      .fact("candidates scanned a query", decimals(point.scanned, 0)),
      .fact("candidates scored exactly a query", "\(point.parameters.reordered)"),
      .fact("time a query (expected, one core of 3 GHz)", "\(decimals(point.microseconds, 1)) µs"),
      drawnCurve,
    ]
  }

  /// The table of recall against time, with bars for the time.
  package var drawnCurve: Summary.Item {
    let longest = curve.map(\.microseconds).max() ?? 1
    return .table(
      title: "recall@\(k) against time",
      columns: ["reach", "scored exactly", "scanned", "recall", "± ", "µs a query (expected)", ""],
      rows: curve.map { point in
        [
          decimals(Double(point.parameters.reach), 2), "\(point.parameters.reordered)", decimals(point.scanned, 0),
          decimals(point.recall, 4), decimals(point.margin, 4), decimals(point.microseconds, 1),
          String(repeating: "█", count: max(Int(30 * point.microseconds / longest), 1)),
        ]
      })
  }
}

/// A mean and half the width of its 95 % confidence interval (normal approximation); both 0 if there are no values.
package struct MeanInterval {
  package let value: Double
  package let margin: Double

  package init(_ values: [Double]) {
    let count = Double(max(values.count, 1))
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(count - 1, 1)
    value = mean
    margin = 1.96 * (variance / count).squareRoot()
  }
}
