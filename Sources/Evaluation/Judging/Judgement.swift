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
}
