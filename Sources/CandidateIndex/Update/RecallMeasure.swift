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
    let mean = MeanInterval(recalls)
    share = recalls.isEmpty ? 1 : mean.value
    margin = mean.margin
    self.queries = recalls.count
  }
}

extension MeasuredRecall {
  mutating func take(_ measure: RecallMeasure) {
    (share, margin, queries, source, changed) = (measure.share, measure.margin, measure.queries, .queries, 0)
  }
}
