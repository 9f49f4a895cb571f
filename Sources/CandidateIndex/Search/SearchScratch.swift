import Kernels
import Synchronization

/// Scratch buffers of a search.
///
/// `@unchecked Sendable` because the pool hands each to one search at a time.
final class SearchScratch: @unchecked Sendable {
  let query: AlignedFloats
  let centroidQuery: CentroidQuery
  let tableScratch: AlignedFloats
  let entries: SharedBuffer<UInt8>
  let parentBounds: AlignedFloats
  /// Keys of the groups' bounds.
  let groups: SharedBuffer<UInt64>
  /// Scores of centroids, by leaf.
  let scores: AlignedFloats
  /// Bounds by leaf; −∞ for leaves that were scanned.
  let bounds: AlignedFloats
  /// Keys of the leaves' bounds.
  let leaves: SharedBuffer<UInt64>
  let ranked: SharedBuffer<UInt64>
  let panels: SharedBuffer<UInt32>
  /// Keys of candidates' approximate scores.
  let keys: SharedBuffer<UInt64>

  /// Positions of the candidates that are scored exactly.
  let positions: SharedBuffer<UInt32>
  let exact: AlignedFloats
  private let survivors: Int

  init(_ geometry: Geometry, survivors: Int) {
    self.survivors = survivors
    let (tree, subspaces) = (geometry.tree, geometry.quantizer.subspaces)
    let leafCount = max(Matrix.padded(tree.leafCount), tree.parents.paddedRows, geometry.dimension) + 16
    query = AlignedFloats(uninitialised: Matrix.padded(geometry.dimension))
    centroidQuery = CentroidQuery(dimension: geometry.dimension)
    tableScratch = AlignedFloats(uninitialised: 16 * subspaces)
    entries = SharedBuffer(uninitialised: 16 * subspaces)
    parentBounds = AlignedFloats(uninitialised: tree.parents.paddedRows)
    groups = SharedBuffer(uninitialised: tree.groupCount + 1)
    scores = AlignedFloats(uninitialised: leafCount)
    bounds = AlignedFloats(uninitialised: leafCount)
    leaves = SharedBuffer(uninitialised: leafCount + 1)
    ranked = SharedBuffer(uninitialised: leafCount + 1)
    panels = SharedBuffer(uninitialised: leafCount / 16 + 1)
    keys = SharedBuffer(uninitialised: survivors + 1)
    positions = SharedBuffer(uninitialised: survivors)
    exact = AlignedFloats(uninitialised: survivors)
  }

  func holds(_ survivors: Int) -> Bool { survivors <= self.survivors }

  /// The numbers of the first `count` panels.
  func list(ofFirst count: Int) -> UnsafeBufferPointer<UInt32> {
    for panel in 0..<count { panels[panel] = UInt32(panel) }
    return unsafe UnsafeBufferPointer(start: panels.pointer, count: count)
  }
}

/// Scratch buffers of searches that ended, for searches to come, so that a search allocates nothing large.
final class ScratchPool: Sendable {
  private let free = Mutex<[SearchScratch]>([])

  func scratch(_ geometry: Geometry, survivors: Int) -> SearchScratch {
    let scratch = free.withLock { $0.popLast() }
    guard let scratch, scratch.holds(survivors) else { return SearchScratch(geometry, survivors: survivors) }
    return scratch
  }

  func takeBack(_ scratch: SearchScratch) {
    free.withLock { if $0.count < 64 { $0.append(scratch) } }
  }
}
