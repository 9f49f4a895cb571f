import Kernels

/// The share of the exact best k that an approximate index finds, a mean over queries.
struct RecallMeasure {
  let share: Double
  /// Half of the 95 % interval.
  let margin: Double
  let queries: Int

  /// - Parameter queries: at least one row; those that are not finite find nothing either way, and count in neither.
  init(_ index: ApproximateIndex, queries: Matrix, k: Int, threads: Int) {
    let exact = ExactIndex(index.matrix(), removed: index.absentCandidates, threads: threads)
    let truth = exact.search(queries, k: k, threads: threads)
    let lists = index.search(queries, k: k, threads: threads)
    let recalls = zip(lists, truth).compactMap { list, truth -> Double? in
      let wanted = Set(truth.map(\.candidate))
      return wanted.isEmpty ? nil : Double(list.count { wanted.contains($0.candidate) }) / Double(wanted.count)
    }
    let count = Double(recalls.count)
    let mean = recalls.isEmpty ? 1 : recalls.reduce(0, +) / count
    let variance = recalls.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(count - 1, 1)
    share = mean
    margin = recalls.isEmpty ? 0 : 1.96 * (variance / count).squareRoot()
    self.queries = recalls.count
  }
}

extension MeasuredRecall {
  mutating func take(_ measure: RecallMeasure) {
    (share, margin, queries, source, changed) = (measure.share, measure.margin, measure.queries, .queries, 0)
  }
}
