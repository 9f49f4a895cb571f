import Kernels

/// Searches an approximate index, query after query, with one set of scratch buffers.
///
/// Groups of leaves, and the leaves in them, are scanned in the order of their bounds (`LeafRanking`). Those bounded
/// below the k-th best score so far are skipped, so queries whose neighbours lie together cost less than those whose
/// neighbours are scattered.
///
/// Unsafe inside, for the kernels: all they write lies in `scratch`, whose buffers have the sizes of this index.
struct LeafScan {
  let index: ApproximateIndex
  let scratch: SearchScratch
  private let k: Int
  private let filter: CandidateFilter?
  private let reach: Float
  private let probes: Int
  /// The number of survivors kept for exact scoring.
  private let kept: Int
  /// The work of all searches so far.
  private(set) var work = SearchWork()

  init(index: ApproximateIndex, parameters: SearchParameters, k: Int, filter: CandidateFilter?) {
    self.index = index
    self.filter = filter
    self.k = min(max(k, 0), filter?.allowed ?? index.count, index.leaves.count)
    reach = max(parameters.reach, 0)
    probes = max(parameters.probes, 1)
    kept = min(parameters.depth(for: self.k), max(index.leaves.count, 1))
    scratch = index.scratchPool.scratch(index.geometry, survivors: LeafScanKernel.room(kept: kept))
  }

  /// Returns the scratch buffers to the pool; this scan must not be used afterwards.
  func finish() { index.scratchPool.takeBack(scratch) }

  /// - Parameter queries: rows of `dimension` floats.
  mutating func search(_ queries: Matrix, row: Int) -> [Neighbour] {
    let query = unsafe queries.pointer(row: row)
    guard k > 0, queries.isFinite(row: row) else { return [] }
    if let filter, filter.allowed <= 2 * kept {
      let positions = filter.candidates.filter { $0 < index.count }.map { index.leaves.positions[$0] }
      let inside = positions.filter { $0 < UInt32(index.leaves.count) }
      return unsafe inside.withUnsafeBufferPointer { unsafe best(of: $0, query) }
    }
    unsafe scores(
      of: row..<row + 1, in: queries, against: index.queryMap, tile: 0..<index.dimension, into: scratch.query.pointer,
      stride: scratch.query.count)
    unsafe scratch.centroidQuery.set(scratch.query.pointer)
    let survivors = scan()
    work.reordered += survivors
    for survivor in 0..<survivors {
      unsafe scratch.positions.pointer[survivor] = unsafe RankedKey(bits: scratch.keys.pointer[survivor]).candidate
    }
    return unsafe best(of: UnsafeBufferPointer(start: scratch.positions.pointer, count: survivors), query)
  }

  /// Leaves the candidates that are to be scored exactly in `scratch.keys`, and gives their number.
  private mutating func scan() -> Int {
    guard let leaves = index.leaves.kernel else { return 0 }
    let table = unsafe LookUpTable(
      scratch.query.pointer, index.geometry.quantizer, scratch: scratch.tableScratch.pointer,
      entries: scratch.entries.pointer)
    var kernel = unsafe LeafScanKernel(
      leaves, k: k, kept: kept, probes: probes, allowed: filter?.bits, bits: filter?.count ?? 0,
      scores: scratch.scores.pointer, bounds: scratch.bounds.pointer, keys: scratch.keys.pointer)
    var ranking = LeafRanking(index: index, reach: reach, scratch: scratch)
    // Enough candidates to hold somewhat more allowed ones than are kept.
    let share = Double(filter?.allowed ?? index.count) / Double(max(index.count, 1))
    let first = Int(min(1.5 * Double(kept) / max(share, 1e-9), Double(index.leaves.count)))
    // The best leaves of a few groups give the score that the others must reach.
    work.centroids += ranking.openBest(max(index.geometry.tree.groupCount / 12, 1), holding: 2 * first)
    unsafe kernel.take(
      ranking.best(holding: first), tables: scratch.entries.pointer, base: table.base, step: table.step)
    kernel.prune()
    let (scored, others) = unsafe ranking.openReaching(kernel.bar)
    unsafe kernel.take(others, tables: scratch.entries.pointer, base: table.base, step: table.step)
    work.centroids += scored
    if kernel.survivors < k {
      // A filter left too few, or bounds that are not numbers hid some leaves.
      unsafe work.centroids += ranking.openReaching(-.infinity).scored
      unsafe kernel.take(ranking.remaining(), tables: scratch.entries.pointer, base: table.base, step: table.step)
    }
    kernel.prune()
    work.leaves += kernel.probed
    work.scanned += kernel.scanned
    return kernel.survivors
  }

  /// Scores the candidates at some positions exactly, and gives the best k.
  private func best(of positions: UnsafeBufferPointer<UInt32>, _ query: UnsafePointer<Float>) -> [Neighbour] {
    let (leaves, vectors) = (index.leaves, index.vectors)
    guard let start = positions.baseAddress, let numbers = unsafe leaves.numbers.values.baseAddress else { return [] }
    unsafe vectors.score(query, positions: positions, into: scratch.exact.pointer)
    let count = unsafe exactKeys(
      scratch.exact.pointer, places: start, numbers: numbers, count: positions.count, allowed: filter?.bits,
      limit: index.count, into: scratch.keys.pointer)
    let length = min(k, count)
    guard length > 0 else { return [] }
    if length < count { _ = unsafe keepGreatest(length, of: scratch.keys.pointer, count: count) }
    unsafe sortDescending(scratch.keys.pointer, count: length)
    return unsafe [Neighbour](unsafeUninitializedCapacity: length) { list, count in
      for rank in 0..<length {
        let key = unsafe RankedKey(bits: scratch.keys.pointer[rank])
        unsafe list.initializeElement(at: rank, to: Neighbour(candidate: Int(key.candidate), score: key.score))
      }
      count = length
    }
  }
}
