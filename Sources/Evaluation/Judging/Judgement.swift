package import MetricTable

/// The result of judging some scores.
package struct Judgement: Sendable {
  let judge: Judge
  let sums: QuerySums
  /// The candidates that are in any list, by protocol and length.
  let covered: [[Int]]

  /// A number over all queries; nil where nothing was judged.
  package func value(_ measure: Measure, _ seen: SeenProtocol, k: Int) -> Double? {
    guard let length = judge.ks.firstIndex(of: k) else { return nil }
    let totals = sums.totals(0..<sums.count)
    let base = totals[sums.layout.base(measure.base, seen)]
    return base > 0 ? totals[sums.layout.column(measure, seen, length)] / base : nil
  }

  /// A number over all queries with its standard error, as the queries are a sample; nil where nothing was judged.
  ///
  /// The number is a ratio of sums over queries, `Σx / Σb`, and its error that of the linearised ratio,
  /// `√Σ(x − value b)² / Σb` (Cochran, Sampling Techniques, 1977, §2.11).
  package func estimate(_ measure: Measure, _ seen: SeenProtocol, k: Int) -> Estimate? {
    guard let value = value(measure, seen, k: k), let length = judge.ks.firstIndex(of: k) else { return nil }
    let (column, baseColumn) = (sums.layout.column(measure, seen, length), sums.layout.base(measure.base, seen))
    var (squares, base) = (0.0, 0.0)
    for query in 0..<sums.count {
      let row = sums.row(query)
      let (hits, chances) = (row[column], row[baseColumn])
      let residual = hits - value * chances
      squares += residual * residual
      base += chances
    }
    return Estimate(value: value, standardError: squares.squareRoot() / base)
  }

  /// The amount by which a number is greater than in another judgement of the same queries, query by query; nil where
  /// nothing was judged. The standard error is that of the difference, linearised as in `estimate`.
  package func difference(
    from other: Judgement, _ measure: Measure, _ seen: SeenProtocol, k: Int
  ) -> Estimate? {
    guard let value = value(measure, seen, k: k), let othersValue = other.value(measure, seen, k: k),
      let length = judge.ks.firstIndex(of: k), other.judge.ks == judge.ks, other.sums.count == sums.count
    else { return nil }
    let (column, baseColumn) = (sums.layout.column(measure, seen, length), sums.layout.base(measure.base, seen))
    let difference = value - othersValue
    var (squares, base) = (0.0, 0.0)
    for query in 0..<sums.count {
      let (row, others) = (sums.row(query), other.sums.row(query))
      let residual = row[column] - others[column] - difference * row[baseColumn]
      squares += residual * residual
      base += row[baseColumn]
    }
    return Estimate(value: difference, standardError: squares.squareRoot() / base)
  }
}

/// A number with its standard error.
package struct Estimate: Sendable, Equatable {
  package var value: Double
  package var standardError: Double

  package init(value: Double, standardError: Double) {
    self.value = value
    self.standardError = standardError
  }

  /// The mean of independent estimates of one number.
  package init?(meanOf estimates: [Estimate]) {
    guard !estimates.isEmpty else { return nil }
    let count = Double(estimates.count)
    value = estimates.reduce(0) { $0 + $1.value } / count
    standardError = estimates.reduce(0) { $0 + $1.standardError * $1.standardError }.squareRoot() / count
  }

  /// The interval in which the number lies with a probability of 95 %, by the normal distribution.
  package var interval: Interval { Interval(low: value - 1.96 * standardError, high: value + 1.96 * standardError) }
}
