import Kernels
package import MetricTable
import ParallelLoops

/// Several models, judged by the same pairs: what is measured of each, of all queries and of slices, how certain it is,
/// and how they compare.
package struct Assessment: Sendable {
  /// A model by its name, with its judgement.
  package struct Entry: Sendable {
    package let model: String
    package let judgement: Judgement

    package init(_ model: String, _ judgement: Judgement) {
      self.model = model
      self.judgement = judgement
    }
  }

  package let entries: [Entry]
  let slices: QuerySlices
  let resampling: Resampling
  /// The totals of all queries, entry by entry.
  private let totals: [[Double]]
  /// The totals of every resample, entry by entry: all queries first, then each slice. Empty without a bootstrap.
  private let resampled: [[Matrix]]

  /// - Parameters:
  ///   - entries: of one judge.
  ///   - resamples: 0 for no intervals.
  package init(_ entries: [Entry], slices: QuerySlices, resamples: Int, seed: UInt64, threads: Int) {
    self.entries = entries
    self.slices = slices
    resampling = Resampling(count: resamples, seed: seed, threads: threads)
    totals = parallelMap(entries.count, threads: threads) { entry in
      let sums = entries[entry].judgement.sums
      return sums.totals(0..<sums.count)
    }
    guard resamples > 0, let first = entries.first else {
      resampled = []
      return
    }
    let queryCount = first.judgement.sums.count
    let tables = entries.flatMap { entry in
      let sums = entry.judgement.sums
      let all = Array(0..<queryCount)
      func table(_ queries: [Int], columns: Int) -> Resampling.Table {
        .init(queries: queries, values: sums.matrix(queries, columns: 0..<columns, threads: threads))
      }
      return [table(all, columns: sums.layout.columns)]
        + slices.queries.map { table($0, columns: sums.layout.sliceColumns) }
    }
    let all = resampling.totals(.bootstrap, of: tables, queryCount: queryCount)
    let width = slices.queries.count + 1
    resampled = entries.indices.map { Array(all[$0 * width..<($0 + 1) * width]) }
  }

  private var judge: Judge? { entries.first?.judgement.judge }

  package var metrics: [Metric] {
    let parts = slices.names.count + 2
    return parallelMap(entries.count * parts, threads: resampling.threads) { part in
      metrics(part / parts, part: part % parts)
    }.flatMap { $0 }
  }

  /// The metrics of all queries, of a slice of them, or of slices of the pairs.
  private func metrics(_ entry: Int, part: Int) -> [Metric] {
    guard part == 0 || part > slices.names.count else { return querySlice(entry, part - 1) }
    let totals = totals[entry]
    guard part == 0 else { return pairSlices(entry, totals) }
    let resamples = resampled.isEmpty ? nil : resampled[entry][0]
    return SeenProtocol.allCases.flatMap { seen in
      measures.flatMap { metrics(entry, $0, seen, "all", totals, resamples) } + coverage(entry, seen)
    }
  }

  /// The measures that say something of these data.
  private var measures: [Measure] {
    Measure.allCases.filter { measure in
      switch measure {
      case .auc: judge?.measuresAUC ?? false
      case .newShare: judge?.hasNewCandidates ?? false
      default: true
      }
    }
  }

  /// One measure at every length; AUC knows no length.
  private func metrics(
    _ entry: Int, _ measure: Measure, _ seen: SeenProtocol, _ slice: String, _ totals: [Double], _ resamples: Matrix?
  ) -> [Metric] {
    let layout = entries[entry].judgement.sums.layout
    let base = layout.base(measure.base, seen)
    return (measure == .auc ? Array(lengths.prefix(1)) : lengths).compactMap { length, k in
      metric(
        entry, measure, seen, slice, measure == .auc ? nil : k, totals, resamples,
        column: layout.column(measure, seen, length), base: base)
    }
  }

  private func metric(
    _ entry: Int, _ measure: Measure, _ seen: SeenProtocol, _ slice: String, _ k: Int?, _ totals: [Double],
    _ resamples: Matrix?, column: Int, base: Int
  ) -> Metric? {
    guard totals[base] > 0, let judge else { return nil }
    return Metric(
      model: entries[entry].model, seenProtocol: seen.rawValue, slice: slice, name: measure.name, k: k,
      ties: measure.ties(judge.hitRateTies), value: totals[column] / totals[base],
      interval: resamples.flatMap { Interval(middleOf: Self.ratios($0, column, base)) })
  }

  private var lengths: [(offset: Int, element: Int)] { Array((judge?.ks ?? []).enumerated()) }

  static func ratios(_ resamples: Matrix, _ column: Int, _ base: Int) -> [Float] {
    (0..<resamples.rows).map { row in
      resamples[row, base] > 0 ? resamples[row, column] / resamples[row, base] : .nan
    }
  }

  private func coverage(_ entry: Int, _ seen: SeenProtocol) -> [Metric] {
    let judgement = entries[entry].judgement
    return lengths.map { length, k in
      Metric(
        model: entries[entry].model, seenProtocol: seen.rawValue, name: "coverage", k: k, ties: Measure.listTies,
        value: Double(judgement.covered[seen.place][length]) / Double(max(judgement.judge.competingCount, 1)))
    }
  }

  private func querySlice(_ entry: Int, _ slice: Int) -> [Metric] {
    let totals = entries[entry].judgement.sums.totals(slices.queries[slice])
    let resamples = resampled.isEmpty ? nil : resampled[entry][slice + 1]
    return SeenProtocol.allCases.flatMap { seen in
      Measure.ofSlices.flatMap { metrics(entry, $0, seen, slices.names[slice], totals, resamples) }
    }
  }

  private func pairSlices(_ entry: Int, _ totals: [Double]) -> [Metric] {
    let layout = entries[entry].judgement.sums.layout
    return (judge?.pairSlices.names ?? []).enumerated().flatMap { slice, name in
      SeenProtocol.allCases.flatMap { seen in
        lengths.compactMap { length, k in
          metric(
            entry, .hitRate, seen, name, k, totals, resampled.isEmpty ? nil : resampled[entry][0],
            column: layout.hits(inSlice: slice, seen, length), base: layout.pairs(inSlice: slice))
        }
      }
    }
  }
}

extension Assessment {
  /// The first entry against each of the others, query by query.
  package var comparisons: [Comparison] { entries.indices.dropFirst().flatMap { comparisons(with: $0) } }

  private func comparisons(with other: Int) -> [Comparison] {
    let (sums, others) = (entries[0].judgement.sums, entries[other].judgement.sums)
    let layout = sums.layout
    let all = Array(0..<sums.count)
    let differences = Resampling.Table(
      queries: all,
      values: sums.matrix(all, columns: layout.quality, less: others, threads: resampling.threads))
    let flipped =
      resampling.count > 0 ? resampling.totals(.signs, of: [differences], queryCount: sums.count)[0] : nil
    let (totals, otherTotals) = (self.totals[0], self.totals[other])
    let kinds = SeenProtocol.allCases.flatMap { seen in Measure.ofQuality.map { (seen, $0) } }
    return parallelMap(kinds.count, threads: resampling.threads) { number in
      let (seen, measure) = kinds[number]
      return lengths.compactMap { length, k -> Comparison? in
        let (column, base) = (layout.column(measure, seen, length), layout.base(measure.base, seen))
        guard totals[base] > 0 else { return nil }
        let difference = totals[column] - otherTotals[column]
        let place = column - layout.quality.lowerBound
        return Comparison(
          model: entries[0].model, other: entries[other].model, seenProtocol: seen.rawValue, name: measure.name, k: k,
          difference: difference / totals[base], queries: all.count { sums.row($0)[base] > 0 },
          interval: interval(with: other, column, base),
          p: flipped.map { Self.chance(of: difference, $0, place, differences.values) })
      }
    }.flatMap { $0 }
  }

  private func interval(with other: Int, _ column: Int, _ base: Int) -> Interval? {
    guard !resampled.isEmpty else { return nil }
    return Interval(
      middleOf: zip(
        Self.ratios(resampled[0][0], column, base), Self.ratios(resampled[other][0], column, base)
      ).map { $0 - $1 })
  }

  /// The probability of so great a difference if it were chance which of the two models a query's number belongs to.
  private static func chance(of difference: Double, _ flipped: Matrix, _ column: Int, _ values: Matrix) -> Double {
    let scale = (0..<values.rows).reduce(0.0) { $0 + Double(abs(values[$1, column])) }
    // Sums of floats in another order of signs differ by rounding.
    let bar = abs(difference) - 1e-6 * scale
    let reached = (0..<flipped.rows).count { Double(abs(flipped[$0, column])) >= bar }
    return Double(reached + 1) / Double(flipped.rows + 1)
  }
}

/// The difference of one model's metric from another's.
package struct Comparison: Sendable, Equatable {
  package var model: String
  package var other: String
  package var seenProtocol: String
  package var name: String
  package var k: Int
  package var difference: Double
  /// Number of queries that the metric is about.
  package var queries: Int
  /// The interval of the difference, by a bootstrap over queries.
  package var interval: Interval?
  /// The two-sided p-value, by sign flips of the queries' differences (Fisher's randomisation test; Smucker et al.,
  /// CIKM 2007).
  package var p: Double?
}
