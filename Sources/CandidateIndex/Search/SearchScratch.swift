import Kernels
import Synchronization

/// Scratch buffers of a search, used by one search at a time.
final class SearchScratch: @unchecked Sendable {
  let query: AlignedFloats
  let centroidQuery: CentroidQuery
  let tableScratch: AlignedFloats
  let entries: UnsafeMutablePointer<UInt8>
  let parentBounds: AlignedFloats
  /// Keys of the groups' bounds.
  let groups: UnsafeMutablePointer<UInt64>
  /// Scores of centroids, by leaf.
  let scores: AlignedFloats
  /// Bounds by leaf; −∞ for leaves that were scanned.
  let bounds: AlignedFloats
  /// Keys of the leaves' bounds.
  let leaves: UnsafeMutablePointer<UInt64>
  let ranked: UnsafeMutablePointer<UInt64>
  let panels: UnsafeMutablePointer<UInt32>
  /// Keys of candidates' approximate scores.
  let keys: UnsafeMutablePointer<UInt64>

  /// Positions of the candidates that are scored exactly.
  let positions: UnsafeMutablePointer<UInt32>
  let exact: AlignedFloats
  private let survivors: Int

  init(_ geometry: Geometry, survivors: Int) {
    self.survivors = survivors
    let (tree, subspaces) = (geometry.tree, geometry.quantizer.subspaces)
    let leafCount = max(Matrix.padded(tree.leafCount), tree.parents.paddedRows, geometry.dimension) + 16
    query = AlignedFloats(uninitialised: Matrix.padded(geometry.dimension))
    centroidQuery = CentroidQuery(dimension: geometry.dimension)
    tableScratch = AlignedFloats(uninitialised: 16 * subspaces)
    entries = .allocate(capacity: max(16 * subspaces, 1))
    parentBounds = AlignedFloats(uninitialised: tree.parents.paddedRows)
    groups = .allocate(capacity: tree.groupCount + 1)
    scores = AlignedFloats(uninitialised: leafCount)
    bounds = AlignedFloats(uninitialised: leafCount)
    leaves = .allocate(capacity: leafCount + 1)
    ranked = .allocate(capacity: leafCount + 1)
    panels = .allocate(capacity: leafCount / 16 + 1)
    keys = .allocate(capacity: survivors + 1)
    positions = .allocate(capacity: survivors)
    exact = AlignedFloats(uninitialised: survivors)
  }

  deinit {
    entries.deallocate()
    groups.deallocate()
    leaves.deallocate()
    ranked.deallocate()
    panels.deallocate()
    positions.deallocate()
    keys.deallocate()
  }

  func holds(_ survivors: Int) -> Bool { survivors <= self.survivors }

  /// The numbers of the first `count` panels.
  func list(ofFirst count: Int) -> UnsafeBufferPointer<UInt32> {
    for panel in 0..<count { panels[panel] = UInt32(panel) }
    return UnsafeBufferPointer(start: panels, count: count)
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
