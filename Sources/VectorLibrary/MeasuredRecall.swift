import Artifacts
import CandidateIndex
import CanonicalJSON
import Kernels

/// The share of the exact best k that an approximate index was measured to find.
public struct MeasuredRecall: Equatable, Sendable {
  /// The origin of the queries.
  public enum Source: String, Sendable {
    /// Queries that the program gave; none of them had a part in choosing the search parameters.
    case queries
    /// Candidates drawn from the index, each a query for the best other ones. On real queries that lie elsewhere the
    /// recall may differ.
    case candidates
  }

  public var k: Int
  /// The recall that was asked for.
  public var target: Double
  /// A mean over queries.
  public var share: Double
  /// Half the width of its 95 % confidence interval.
  public var margin: Double
  /// The number of queries.
  public var queries: Int
  public var source: Source
  /// Candidates that were added, replaced or removed since.
  public var changed = 0

  init(k: Int, target: Double, share: Double, margin: Double, queries: Int, source: Source) {
    self.k = k
    self.target = target
    self.share = share
    self.margin = margin
    self.queries = queries
    self.source = source
  }

  var json: JSON {
    [
      "k": JSON(k), "target": JSON(target), "share": JSON(share), "margin": JSON(margin), "queries": JSON(queries),
      "source": JSON(source.rawValue), "changed": JSON(changed),
    ]
  }

  init(_ json: JSON) throws(CandidateIndexError) {
    guard let k = json["k"]?.integer, let target = json["target"]?.number, let share = json["share"]?.number,
      let margin = json["margin"]?.number, let queries = json["queries"]?.integer,
      let source = json["source"]?.string.flatMap(Source.init(rawValue:)), let changed = json["changed"]?.integer,
      1...0xffff_ffff ~= k, 0...1 ~= target, 0...1 ~= share, 0...2 ~= margin, queries >= 0, 0...1 << 40 ~= changed
    else { throw .schema("a recall with its k, target, share, margin, queries, source and changes") }
    self.init(k: k, target: target, share: share, margin: margin, queries: queries, source: source)
    self.changed = changed
  }
}

/// The share of the exact best k that an approximate index finds, a mean over queries.
struct RecallMeasure {
  let share: Double
  /// Half the width of the 95 % confidence interval.
  let margin: Double
  let queries: Int

  /// Measures recall against an exhaustive search: O(`count` · `dimension`) per query.
  ///
  /// - Parameter queries: at least one row; queries that are not finite do not count.
  init(_ index: any NearestNeighbourIndex, queries: Matrix, k: Int, threads: Int) {
    let exact = ExactIndex(index.matrix(), removed: index.absentCandidates, threads: threads)
    let truth = exact.search(queries, k: k, threads: threads)
    let lists = index.search(queries, k: k, threads: threads)
    let recalls = zip(lists, truth).compactMap { list, truth -> Double? in
      let expected = Set(truth.map(\.candidate))
      return expected.isEmpty ? nil : Double(list.count { expected.contains($0.candidate) }) / Double(expected.count)
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
