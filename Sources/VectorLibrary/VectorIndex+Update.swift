import CandidateIndex
import Kernels
import ParallelLoops

extension VectorIndex {
  /// An updated index, and a report of the update.
  public struct Update: Sendable {
    public let index: VectorIndex
    public let report: UpdateReport
  }

  /// A new index with candidates added, replaced and removed; this one stays as it is.
  ///
  /// An approximate index keeps its space, leaves and codewords, and the codes of candidates that do not change; new
  /// vectors are encoded with what it has learnt. O(`count` · `dimension`), as the index is copied, so that many
  /// changes at once cost little more than one.
  ///
  /// - Parameters:
  ///   - added: contiguous rows of `dimension` floats; they get the next numbers.
  ///   - replaced: new vectors by number; a removed number can be found again.
  ///   - removed: numbers that no search returns any more. No other candidate gets them.
  ///   - queries: contiguous rows of `dimension` floats, on which the recall of an approximate index is measured before
  ///     and after the update; this takes longer than the rest.
  ///   - tolerance: the greatest distance of recall below its target before a rebuild is due.
  ///   - threads: all processors if nil.
  public func updated(
    adding added: [Float] = [], replacing replaced: [Int: [Float]] = [:], removing removed: [Int] = [],
    queries: [Float]? = nil, tolerance: Double = 0.01, threads: Int? = nil
  ) throws(VectorIndexError) -> Update {
    try check(added, replaced, Set(removed), queries, tolerance)
    let threads = max(threads ?? availableProcessors(), 1)
    let numbers = replaced.keys.sorted()
    let change = CandidateChange(
      numbers: numbers + (count..<count + added.count / dimension),
      vectors: map.candidates(numbers.flatMap { replaced[$0, default: []] } + added, threads: threads),
      removed: Set(removed), count: count + added.count / dimension)
    let hidden = index.absentCandidates
    let gone = change.removed.subtracting(hidden)
    var report = UpdateReport(
      added: added.count / dimension, replaced: numbers.count, removed: gone.count,
      notFinite: change.numbers.count - change.present(threads: threads).count, residualBefore: nil,
      residualOfNew: nil, recallBefore: nil, recallAfter: nil, verdict: .sound)
    var recall = recall
    recall?.changed += change.numbers.count + gone.count
    let (updated, drift) = index.updated(change, threads: threads)
    if let drift, let parameters = updated.parameters {
      (report.residualBefore, report.residualOfNew) = (drift.before, drift.new)
      if let queries {
        let asked = map.queries(queries, threads: threads)
        let k = recall?.k ?? parameters.k
        report.recallBefore = RecallMeasure(index, queries: asked, k: k, threads: threads).share
        let after = RecallMeasure(updated, queries: asked, k: k, threads: threads)
        report.recallAfter = after.share
        recall?.take(after)
      }
      report.verdict = Self.verdict(report, target: recall?.target, tolerance)
    }
    let counts = counts.map { _ in
      VectorCounts(updated.matrix(), zero: map.zero, removed: Set(updated.absentCandidates), threads: threads)
    }
    return Update(index: VectorIndex(index: updated, map: map, counts: counts, recall: recall), report: report)
  }

  /// The recall before the update is the target of an index that has none.
  private static func verdict(_ report: UpdateReport, target: Double?, _ tolerance: Double) -> UpdateReport.Verdict {
    guard let before = report.recallBefore, let after = report.recallAfter else { return .notMeasured }
    return after < (target ?? before) - tolerance ? .rebuildIsDue : .sound
  }

  private func check(
    _ added: [Float], _ replaced: [Int: [Float]], _ removed: Set<Int>, _ queries: [Float]?, _ tolerance: Double
  ) throws(VectorIndexError) {
    for (what, floats) in [("added vectors", added), ("queries", queries ?? [])] where floats.count % dimension != 0 {
      throw .ragged(what: what, floats: floats.count, dimension: dimension)
    }
    guard queries.map({ !$0.isEmpty }) ?? true else {
      throw .option(name: "queries", value: "empty", allowed: "at least one query, or nil")
    }
    guard 0...1 ~= tolerance else { throw .option(name: "tolerance", value: "\(tolerance)", allowed: "0 to 1") }
    guard added.count / dimension <= Self.mostCandidates - count else {
      throw .tooManyCandidates(count + added.count / dimension)
    }
    for candidate in removed.union(replaced.keys).sorted() where !(0..<count ~= candidate) {
      throw .candidate(candidate, reason: "the index has 0 to \(count - 1); give one of those")
    }
    for (candidate, vector) in replaced.sorted(by: { $0.key < $1.key }) {
      guard vector.count == dimension else {
        throw .candidate(candidate, reason: "a vector of \(vector.count) dimensions; the index has \(dimension)")
      }
      guard !removed.contains(candidate) else {
        throw .candidate(candidate, reason: "it is both replaced and removed; give it once")
      }
    }
  }
}
