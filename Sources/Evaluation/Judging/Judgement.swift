/// What a judge found out about some scores.
package struct Judgement: Sendable {
  let judge: Judge
  let sums: QuerySums
  /// By protocol and length: candidates that stand in anybody's list.
  let covered: [[Int]]

  /// A number over all queries; nil where nothing was judged.
  package func value(_ measure: Measure, _ seen: SeenProtocol, k: Int) -> Double? {
    judge.ks.firstIndex(of: k).flatMap { value(measure, seen, length: $0, sums.totals(0..<sums.count)) }
  }

  private func value(_ measure: Measure, _ seen: SeenProtocol, length: Int, _ totals: [Double]) -> Double? {
    let base = totals[sums.layout.base(measure.base, seen)]
    return base > 0 ? totals[sums.layout.column(measure, seen, length)] / base : nil
  }

  /// Everything that is measured over all queries.
  package func metrics(_ model: String) -> [Metric] {
    let totals = sums.totals(0..<sums.count)
    return SeenProtocol.allCases.flatMap { seen in
      Measure.allCases.flatMap { measure in
        judge.ks.indices.compactMap { length in
          value(measure, seen, length: length, totals).map {
            Metric(
              model: model, seenProtocol: seen.rawValue, name: measure.name, k: judge.ks[length],
              ties: measure.ties(judge.hitRateTies), value: $0)
          }
        }
      } + coverage(model, seen)
    }
  }

  private func coverage(_ model: String, _ seen: SeenProtocol) -> [Metric] {
    judge.ks.enumerated().map { length, k in
      Metric(
        model: model, seenProtocol: seen.rawValue, name: "coverage", k: k, ties: Measure.listTies,
        value: Double(covered[seen.place][length]) / Double(max(judge.judged.candidateCount, 1)))
    }
  }
}
