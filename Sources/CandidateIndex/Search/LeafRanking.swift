import Kernels

/// Ranks the leaves for one query by probabilistic bounds: the score of a leaf's centroid plus `reach` standard
/// deviations of the scores of its candidates. Groups are opened in the order of their bounds.
///
/// Unsafe inside, for the kernels that bound and order leaves: keys lie in `scratch`, which has room for all leaves and
/// groups, and are read without checks in the loops that every search runs through.
struct LeafRanking {
  private let index: ApproximateIndex
  private let scratch: SearchScratch
  /// The standard deviation of scores in a leaf of spread 1, times the reach.
  private let reach: Float
  /// The number of open groups, the first in `scratch.groups`.
  private(set) var opened = 0

  /// - Parameter scratch: holds the query.
  init(index: ApproximateIndex, reach: Float, scratch: SearchScratch) {
    self.index = index
    self.scratch = scratch
    let geometry = index.geometry
    self.reach = unsafe reach * Self.deviation(scratch.query.pointer, geometry.leafShape)
    let groupReach = unsafe Self.groupFactor * reach * Self.deviation(scratch.query.pointer, geometry.parentShape)
    let tree = geometry.tree
    guard let spreads = unsafe index.parentSpreads.values.baseAddress else { return }
    _ = unsafe boundPanels(
      scratch.query.pointer, tree.parents, panels: scratch.list(ofFirst: tree.parents.paddedRows / 16),
      spreads: spreads,
      reach: groupReach, threshold: .infinity, scores: scratch.parentBounds.pointer,
      bounds: scratch.parentBounds.pointer,
      keys: scratch.leaves.pointer)
    for group in 0..<tree.groupCount {
      let bound = unsafe scratch.parentBounds.pointer[group]
      unsafe scratch.groups.pointer[group] = RankedKey(bound.isNaN ? .infinity : bound, candidate: UInt32(group)).bits
    }
  }

  /// Scores in a group are less normally distributed than in a leaf, so that its bound must reach farther.
  static let groupFactor: Float = 1.5

  /// The standard deviation of `⟨q, r⟩` for residuals of mean length 1 whose squares divide among the axes as in
  /// `shape`.
  private static func deviation(_ query: UnsafePointer<Float>, _ shape: [Float]) -> Float {
    var sum: Float = 0
    unsafe shape.withUnsafeBufferPointer { shape in
      for axis in 0..<shape.count { unsafe sum += shape[axis] * query[axis] * query[axis] }
    }
    return sum.squareRoot()
  }

  private var groupCount: Int { index.geometry.tree.groupCount }

  /// Opens the best groups, at least `least`, until they hold `candidates` candidates.
  ///
  /// - Returns: the number of leaves scored.
  mutating func openBest(_ least: Int, holding candidates: Int) -> Int {
    var needed = min(least, groupCount)
    while true {
      if needed < groupCount { _ = unsafe keepGreatest(needed, of: scratch.groups.pointer, count: groupCount) }
      let held = (0..<needed).reduce(0) { $0 + index.candidates(ofGroup: group($1)) }
      if held >= candidates || needed == groupCount { break }
      needed = min(2 * needed, groupCount)
    }
    return open(to: needed, above: .infinity).scored
  }

  /// Opens all groups whose bounds reach a score.
  ///
  /// - Returns: the number of leaves scored; and the leaves of all open groups whose bounds are above the score,
  ///   roughly best first, without those that were scanned.
  mutating func openReaching(_ score: Float) -> (scored: Int, leaves: UnsafeBufferPointer<UInt64>) {
    let before = opened
    var end = opened
    for rank in opened..<groupCount where unsafe RankedKey(bits: scratch.groups.pointer[rank]).score >= score {
      unsafe (scratch.groups.pointer[end], scratch.groups.pointer[rank]) = unsafe (
        scratch.groups.pointer[rank], scratch.groups.pointer[end]
      )
      end += 1
    }
    let (scored, found) = open(to: end, above: score)
    let count = keys(above: score, ofFirst: before, behind: found)
    // The first leaves raise the threshold for the last ones; a full sort would cost more than it saves.
    unsafe orderRoughly(scratch.leaves.pointer, count: count, above: score, into: scratch.ranked.pointer)
    return unsafe (scored, UnsafeBufferPointer(start: scratch.ranked.pointer, count: count))
  }

  private func group(_ rank: Int) -> Int { unsafe Int(RankedKey(bits: scratch.groups.pointer[rank]).candidate) }

  /// Scores the leaves of the next groups, and finds those whose bounds are above a score.
  private mutating func open(to end: Int, above score: Float) -> (scored: Int, found: Int) {
    let tree = index.geometry.tree
    var panels = 0
    for rank in opened..<end {
      let leaves = tree.leaves(of: group(rank))
      for panel in leaves.lowerBound / 16..<(leaves.upperBound + 15) / 16 {
        unsafe scratch.panels.pointer[panels] = UInt32(panel)
        panels += 1
      }
    }
    opened = end
    guard let spreads = unsafe index.leaves.spreads.values.baseAddress else { return (0, 0) }
    let found = unsafe tree.centroids.bound(
      scratch.centroidQuery, panels: UnsafeBufferPointer(start: scratch.panels.pointer, count: panels),
      spreads: spreads,
      reach: reach, threshold: score, scores: scratch.scores.pointer, bounds: scratch.bounds.pointer,
      keys: scratch.leaves.pointer)
    return (16 * panels, found)
  }

  /// The leaves of the best bounds in open groups, as many as hold `candidates` candidates.
  func best(holding candidates: Int) -> UnsafeBufferPointer<UInt64> {
    let count = keys(above: -.infinity, ofFirst: opened, behind: 0)
    var needed = min(candidates * index.leafCount / max(index.leaves.count, 1) + 8, count)
    while needed < count {
      _ = unsafe keepGreatest(needed, of: scratch.leaves.pointer, count: count)
      let held = (0..<needed).reduce(0) {
        unsafe $0 + index.leaves.range(of: Int(RankedKey(bits: scratch.leaves.pointer[$1]).candidate)).count
      }
      if held >= candidates { break }
      needed = min(2 * needed, count)
    }
    return unsafe UnsafeBufferPointer(start: scratch.leaves.pointer, count: needed)
  }

  /// All leaves that were not scanned; all groups must be open.
  func remaining() -> UnsafeBufferPointer<UInt64> {
    var count = 0
    for leaf in 0..<index.leafCount where unsafe scratch.bounds.pointer[leaf] != -.infinity {
      unsafe scratch.leaves.pointer[count] = RankedKey(.infinity, candidate: UInt32(leaf)).bits
      count += 1
    }
    return unsafe UnsafeBufferPointer(start: scratch.leaves.pointer, count: count)
  }

  private func keys(above score: Float, ofFirst groups: Int, behind found: Int) -> Int {
    (0..<groups).reduce(found) { count, rank in
      let leaves = index.geometry.tree.leaves(of: group(rank))
      return unsafe count
        + Kernels.keys(
          above: score, in: scratch.bounds.pointer + leaves.lowerBound, count: leaves.count, first: leaves.lowerBound,
          into: scratch.leaves.pointer + count
        ).above
    }
  }
}
