import Kernels
package import MetricTable

/// A metric of an index's lists, beside that of exhaustive search.
package struct IndexMetric: Sendable, Equatable {
  package var seenProtocol: String
  package var name: String
  package var k: Int
  /// The metric of the lists that the index gives.
  package var value: Double
  package var interval: Interval?
  /// The value by a search of everything, whose lists are measured in the same way: equal scores stand by their
  /// numbers.
  package var exact: Double
  /// The interval of the difference, by the same bootstrap.
  package var differenceInterval: Interval?

  package var difference: Double { value - exact }

  /// The share of the exact best k that the index has among its own, a mean over queries.
  package static let recall = "index_recall"
}

/// The metrics of a model when an index answers for it, beside those of a search of everything.
package struct IndexAssessment: Sendable {
  private let judge: Judge
  private let exact: AnsweredLists
  private let index: AnsweredLists
  private let resamples: Int
  private let seed: UInt64

  /// - Parameters:
  ///   - exact: the lists of exhaustive search, from `judgeKeepingLists`.
  ///   - resamples: 0 for no intervals.
  package init(_ judge: Judge, exact: AnsweredLists, index: AnsweredLists, resamples: Int, seed: UInt64) {
    self.judge = judge
    self.exact = exact
    self.index = index
    self.resamples = resamples
    self.seed = seed
  }

  package var metrics: [IndexMetric] {
    let assessment = Assessment(
      [.init("index", judge.judge(index)), .init("exact", judge.judge(exact))], slices: QuerySlices(),
      resamples: resamples, seed: seed, threads: judge.threads)
    let (rows, comparisons) = (assessment.metrics.filter { $0.slice == "all" }, assessment.comparisons)
    return recalls
      + rows.filter { $0.model == "index" }.compactMap { row -> IndexMetric? in
        func isSame(_ seenProtocol: String, _ name: String, _ k: Int?) -> Bool {
          seenProtocol == row.seenProtocol && name == row.name && k == row.k
        }
        guard let k = row.k,
          let exact = rows.first(where: { $0.model == "exact" && isSame($0.seenProtocol, $0.name, $0.k) })
        else { return nil }
        return IndexMetric(
          seenProtocol: row.seenProtocol, name: row.name, k: k, value: row.value, interval: row.interval,
          exact: exact.value,
          differenceInterval: comparisons.first { isSame($0.seenProtocol, $0.name, $0.k) }?.interval)
      }
  }

  /// The index's recall by protocol and length.
  private var recalls: [IndexMetric] {
    let (ks, count) = (judge.ks, judge.judged.count)
    // For each protocol whether a query has a list, and its recall at every length.
    let columns = 1 + ks.count
    let shares = Matrix(rows: count, columns: 2 * columns)
    for query in 0..<count {
      for seen in SeenProtocol.allCases {
        let truth = exact.lists[seen.place][query]
        guard !truth.isEmpty else { continue }
        let base = seen.place * columns
        shares[query, base] = 1
        let found = Self.reached(index.lists[seen.place][query], truth)
        for (length, k) in ks.enumerated() {
          shares[query, base + 1 + length] = Float(found.count { $0 < k }) / Float(min(k, truth.count))
        }
      }
    }
    let resampled = resamples > 0 ? resampled(shares) : nil
    return SeenProtocol.allCases.flatMap { seen in
      ks.enumerated().compactMap { length, k -> IndexMetric? in
        let (base, column) = (seen.place * columns, seen.place * columns + 1 + length)
        let totals = (0..<count).reduce(into: (base: 0.0, found: 0.0)) { totals, query in
          totals.base += Double(shares[query, base])
          totals.found += Double(shares[query, column])
        }
        guard totals.base > 0 else { return nil }
        let interval = resampled.flatMap { Interval(middleOf: Assessment.ratios($0, column, base)) }
        return IndexMetric(
          seenProtocol: seen.rawValue, name: IndexMetric.recall, k: k, value: totals.found / totals.base,
          interval: interval, exact: 1,
          differenceInterval: interval.map { Interval(low: $0.low - 1, high: $0.high - 1) })
      }
    }
  }

  /// The place by which both lists have each candidate that both have.
  private static func reached(_ list: ArraySlice<Int32>, _ truth: ArraySlice<Int32>) -> [Int] {
    let places = Dictionary(truth.enumerated().map { ($1, $0) }) { first, _ in first }
    return list.enumerated().compactMap { place, candidate in places[candidate].map { max(place, $0) } }
  }

  private func resampled(_ shares: Matrix) -> Matrix {
    Resampling(count: resamples, seed: seed, threads: judge.threads).totals(
      .bootstrap, of: [Resampling.Table(queries: Array(0..<shares.rows), values: shares)], queryCount: shares.rows)[0]
  }
}
