import Kernels

/// One search after another through an approximate index, with the room that they need.
///
/// Groups of leaves, and leaves in them, are taken in the order of their bounds: the score of the centroid and `reach`
/// standard deviations of the scores of what lies around it. What is bounded below the k-th best that was found is left
/// out, so queries whose neighbours lie together cost less than those whose neighbours are scattered.
struct LeafScan {
  /// Candidates between two looks at the threshold.
  static let chunk = 1024
  /// How many leaves before its scan a leaf's first blocks of codes are asked for; they lie anywhere.
  static let ahead = 3
  static let blocksAhead = 4

  let index: ApproximateIndex
  let room: ScanRoom
  private let k: Int
  private let filter: CandidateFilter?
  private let reach: Float
  private let probes: Int
  /// How many survivors are kept for exact scoring.
  private let kept: Int
  private var survivors = 0
  private var probed = 0
  /// Of the worst survivor: what candidates must reach to be kept.
  private var threshold = -Float.infinity
  /// Of the k-th best: what the bounds of leaves must reach to be scanned.
  private var bar = -Float.infinity
  /// Of all searches so far.
  private(set) var work = SearchWork()

  /// - Parameter room: of this index.
  init(index: ApproximateIndex, effort: ApproximateIndex.Effort, k: Int, filter: CandidateFilter?) {
    self.index = index
    self.filter = filter
    self.k = min(max(k, 0), filter?.allowed ?? index.count, index.leaves.count)
    reach = max(effort.reach, 0)
    probes = max(effort.probes, 1)
    kept = min(effort.depth(for: self.k), max(index.leaves.count, 1))
    room = index.rooms.room(index.geometry, survivors: 2 * kept + Self.chunk)
  }

  /// Gives the room to searches that follow; none may follow through this one.
  func finish() { index.rooms.takeBack(room) }

  /// - Parameter queries: rows of `dimension` floats.
  mutating func search(_ queries: Matrix, row: Int) -> [Neighbour] {
    let query = queries.pointer(row: row)
    guard k > 0, (0..<index.dimension).allSatisfy({ query[$0].isFinite }) else { return [] }
    if let filter, filter.allowed <= 2 * kept {
      let places = filter.candidates.filter { $0 < index.count }.map { index.leaves.places[$0] }.filter {
        $0 < UInt32(index.leaves.count)
      }
      return best(of: places, query)
    }
    (survivors, probed, threshold, bar) = (0, 0, -.infinity, -.infinity)
    scores(
      of: row..<row + 1, in: queries, against: index.queryMap, tile: 0..<index.dimension, into: room.query.pointer,
      stride: room.query.count)
    let table = LookUpTable(
      room.query.pointer, index.geometry.quantizer, room: room.tableRoom.pointer, entries: room.entries)
    scan(table)
    prune()
    work.reordered += survivors
    let places = (0..<survivors).map { RankedKey(bits: room.keys[$0]).candidate }
    return best(of: places, query)
  }

  private mutating func scan(_ table: LookUpTable) {
    var ranking = LeafRanking(index: index, reach: reach, room: room)
    // As many candidates as hold some more than are kept, of those that may be found.
    let share = Double(filter?.allowed ?? index.count) / Double(max(index.count, 1))
    let first = Int(min(1.5 * Double(kept) / max(share, 1e-9), Double(index.leaves.count)))
    // A few groups, and the best of their leaves, say how good the others must be.
    work.centroids += ranking.openBest(max(index.geometry.tree.groupCount / 12, 1), holding: 2 * first)
    take(ranking.best(holding: first), table)
    prune()
    let (scored, leaves) = ranking.openReaching(bar)
    work.centroids += scored
    take(leaves, table)
    guard survivors < k else { return }
    // A filter left too little, or bounds that are not numbers hid some leaves.
    work.centroids += ranking.openReaching(-.infinity).scored
    take(ranking.remaining(), table)
  }

  /// Scans leaves until their bounds, or the probes, say that it is enough.
  private mutating func take(_ leaves: UnsafeBufferPointer<UInt64>, _ table: LookUpTable) {
    for (rank, bits) in leaves.enumerated() {
      if rank + Self.ahead < leaves.count { prefetch(Int(RankedKey(bits: leaves[rank + Self.ahead]).candidate)) }
      let key = RankedKey(bits: bits)
      if survivors >= k {
        if probed >= probes { return }
        if key.score < bar { continue }
      }
      let leaf = Int(key.candidate)
      room.bounds.pointer[leaf] = -.infinity
      probed += 1
      work.leaves += 1
      scan(leaf, table)
    }
  }

  private func prefetch(_ leaf: Int) {
    let leaves = index.leaves
    guard let codes = leaves.codes(of: leaf) else { return }
    let blocks = min(leaves.blocks[leaf + 1] - leaves.blocks[leaf], Self.blocksAhead)
    Kernels.prefetch(codes, count: blocks * leaves.subspaces * Leaves.block / 2)
  }

  private mutating func scan(_ leaf: Int, _ table: LookUpTable) {
    let leaves = index.leaves
    let range = leaves.range(of: leaf)
    guard let codes = leaves.codes(of: leaf) else { return }
    let score = room.scores.pointer[leaf]
    let bytes = leaves.subspaces * Leaves.block / 2
    for start in stride(from: 0, to: range.count, by: Self.chunk) {
      guard let level = table.threshold(reaching: threshold, leaf: score) else { return }
      let count = min(Self.chunk, range.count - start)
      work.scanned += count
      survivors += scanCodes(
        codes + start / Leaves.block * bytes, candidates: count,
        subspaces: leaves.subspaces, tables: room.entries, threshold: level, base: score + table.base,
        step: table.step, first: range.lowerBound + start,
        numbers: filter == nil ? nil : leaves.numbers.values.baseAddress, allowed: filter?.bits,
        bits: filter?.count ?? 0, keys: room.keys + survivors)
      if survivors >= 2 * kept { prune() }
    }
  }

  private mutating func prune() {
    if survivors > kept {
      threshold = keepGreatest(kept, of: room.keys, count: survivors).least.score
      survivors = kept
    }
    if survivors > k { bar = keepGreatest(k, of: room.keys, count: survivors).least.score }
  }

  /// Scores places exactly and gives the best k.
  private func best(of places: [UInt32], _ query: UnsafePointer<Float>) -> [Neighbour] {
    let (leaves, vectors) = (index.leaves, index.vectors)
    guard !places.isEmpty else { return [] }
    let exact = AlignedFloats(uninitialised: places.count)
    places.withUnsafeBufferPointer { vectors.score(query, places: $0, into: exact.pointer) }
    var keys: [UInt64] = []
    keys.reserveCapacity(places.count)
    for (hit, place) in places.enumerated() where !exact.pointer[hit].isNaN {
      let number = leaves.numbers[Int(place)]
      // A damaged file may name candidates that there are not.
      if number < UInt32(index.count) { keys.append(RankedKey(exact.pointer[hit], candidate: number).bits) }
    }
    let (count, wanted) = (keys.count, min(k, keys.count))
    keys.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress, wanted > 0 else { return }
      if wanted < count { _ = keepGreatest(wanted, of: start, count: count) }
      sortDescending(start, count: wanted)
    }
    return keys.prefix(wanted).map { bits in
      let key = RankedKey(bits: bits)
      return Neighbour(candidate: Int(key.candidate), score: key.score)
    }
  }
}
